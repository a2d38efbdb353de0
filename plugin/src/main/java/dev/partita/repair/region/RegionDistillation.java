package dev.partita.repair.region;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import dev.partita.context.RunContext;
import dev.partita.context.Stages;
import dev.partita.context.Workspace;
import dev.partita.dense.find.FeatureAxis;
import dev.partita.dense.region.Region;
import dev.partita.gradient.ForwardGraph;
import dev.partita.gradient.Loss;
import dev.partita.gradient.NotDifferentiableException;
import dev.partita.gradient.TrainingGraph;
import dev.partita.model.GraphIndex;
import dev.partita.model.Scratch;
import dev.partita.options.Options;
import dev.partita.repair.distillation.BlockParameters;
import dev.partita.repair.distillation.Distillation;
import dev.partita.repair.distillation.DistillationGoals;
import dev.partita.repair.distillation.Observation;
import dev.partita.repair.distillation.TrainingData;
import dev.partita.repair.moments.CalibrationRows;
import dev.partita.rewrite.RegionRewrite;
import dev.partita.rewrite.Rewriting;
import dev.partita.runtime.Batch;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Distils all repaired regions together, by gradient steps on their kept weights, against what the
 * original makes of the calibration data: its outputs, or what each region hands on where some
 * operator in between has no backward pass.
 */
final class RegionDistillation {

  /** Samples of a step where each has one row of results. */
  private static final int SAMPLES_PER_STEP = 256;

  /** Rows of a step where each sample has several; more steps of fewer rows did better. */
  private static final int ROWS_PER_STEP = 1024;

  /** More held-out samples than this tell little more. */
  private static final int MOST_HELD_OUT_SAMPLES = 2048;

  /** The same for samples of several rows, each of which tells something. */
  private static final int MOST_HELD_OUT_ROWS = 8192;

  private static final int MOST_SHARDS = 4;
  private static final int FEWEST_SAMPLES = 64;

  /** Blends are worth it where every sample would be seen more often than this. */
  private static final int EPOCHS_WITHOUT_BLENDS = 10;

  private static final int MOST_BLENDS = 16;
  private static final ImmutableList<Double> RATES = ImmutableList.of(5e-3, 2e-3, 5e-4);

  private final Workspace workspace;
  private final Options options;
  private final Stages stages;
  private final DataSet data;
  private final Consumer<String> warn;

  RegionDistillation(RunContext context, DataSet data, Consumer<String> warn) {
    this.workspace = context.workspace();
    this.options = context.options();
    this.stages = context.stages();
    this.data = data;
    this.warn = warn;
  }

  /** The rewriting with better weights of the active regions, where there are better ones. */
  Rewriting distil(Rewriting rewriting) throws InterruptedException {
    if (data.samples() < FEWEST_SAMPLES) {
      warn.accept(
          "Distillation is skipped: %d calibration samples are too few.".formatted(data.samples()));
      return rewriting;
    }
    try (Scratch scratch = workspace.scratch()) {
      Rewriting.Result result = rewriting.result(scratch);
      BlockParameters blocks = BlockParameters.of(result.rewrites());
      if (!blocks.blocks().isEmpty()) {
        GraphIndex rewritten = new GraphIndex(result.model());
        List<Region> regions = blocks.rewrites().stream().map(RegionRewrite::region).toList();
        Plan plan = plan(rewriting.index(), rewritten, regions, blocks);
        if (plan != null) {
          return distil(rewriting, rewritten, plan, blocks, scratch);
        }
      }
      return rewriting;
    }
  }

  /** How the losses are computed. */
  private record Plan(TrainingGraph graph, Observation observed, int rowsPerSample) {}

  private @Nullable Plan plan(
      GraphIndex original, GraphIndex rewritten, List<Region> regions, BlockParameters blocks) {
    try {
      return plan(
          original, rewritten, blocks, DistillationGoals.ofOutputs(regions, original, rewritten));
    } catch (NotDifferentiableException obstacle) {
      warn.accept(
          "Each region is distilled against its own outputs, because "
              + obstacle.getMessage()
              + ".");
    }
    try {
      return plan(original, rewritten, blocks, DistillationGoals.ofRegions(regions, rewritten));
    } catch (NotDifferentiableException obstacle) {
      warn.accept(
          "Distillation is skipped, because "
              + obstacle.getMessage()
              + "; the weights remain those of least squares.");
      return null;
    }
  }

  private Plan plan(
      GraphIndex original, GraphIndex rewritten, BlockParameters blocks, DistillationGoals goals) {
    ForwardGraph forward = ForwardGraph.of(rewritten, blocks.parameters(), goals.values());
    Observation observed = Observation.of(workspace, forward, blocks.start(), data);
    Batch batch = data.batches(CalibrationRows.batchSize(data)).get(0);
    List<Tensor> targets = new ArrayList<>();
    try (Workspace.Opened opened = workspace.open(original, goals.values())) {
      Map<String, Tensor> made = opened.session().run(batch.inputs(), goals.values());
      goals.values().forEach(value -> targets.add(made.get(value)));
    }
    boolean masked =
        data.batches(CalibrationRows.batchSize(data)).stream().anyMatch(b -> !b.mask().isFull());
    List<Loss> losses = goals.losses(targets, batch, masked);
    TrainingGraph graph =
        TrainingGraph.of(forward, losses, observed.types(), goals.closed(), observed.batched());
    int rows = 1;
    for (int i = 0; i < targets.size(); i++) {
      rows = Math.max(rows, rows(goals.values().get(i), targets.get(i), batch) / batch.samples());
    }
    return new Plan(graph, observed, rows);
  }

  /** Those that count. */
  private static int rows(String name, Tensor value, Batch batch) {
    if (value.rank() < 2) {
      return 1;
    }
    ImmutableIntArray kept = batch.mask().rows(name, value.shape(), FeatureAxis.LAST);
    long features = Math.max(1, value.shape().get(value.rank() - 1));
    return kept == null ? Math.toIntExact(value.elements() / features) : kept.length();
  }

  private Rewriting distil(
      Rewriting rewriting, GraphIndex rewritten, Plan plan, BlockParameters blocks, Scratch scratch)
      throws InterruptedException {
    TrainingData samples =
        TrainingData.capture(
            workspace,
            rewriting.index(),
            rewritten,
            plan.graph(),
            data,
            plan.observed().whole(),
            blends(plan),
            options.planning().seed(),
            scratch);
    try (Workspace.Opened opened = workspace.open(rewritten.model(), plan.graph().model())) {
      Distillation.Result result =
          new Distillation(
                  opened.session(), plan.graph(), schedule(plan, samples), workspace.workers())
              .run(
                  blocks.start(),
                  samples.train(),
                  samples.heldOut(),
                  done -> stages.progress("distil", done));
      return result.after() < result.before()
          ? blocks.in(rewriting, result.parameters())
          : rewriting;
    }
  }

  private static int perStep(Plan plan) {
    return plan.rowsPerSample() == 1
        ? SAMPLES_PER_STEP
        : Math.max(1, ROWS_PER_STEP / plan.rowsPerSample());
  }

  private int blends(Plan plan) {
    long seen = (long) options.repair().distillSteps() * perStep(plan);
    return (int) Math.min(MOST_BLENDS, seen / data.samples() / EPOCHS_WITHOUT_BLENDS);
  }

  private Distillation.Schedule schedule(Plan plan, TrainingData samples) {
    int perStep = Math.min(perStep(plan), samples.train().samples());
    int shards = plan.rowsPerSample() == 1 ? 2 : Math.min(MOST_SHARDS, perStep);
    return new Distillation.Schedule(
        options.repair().distillSteps(),
        RATES,
        shards,
        Math.max(1, perStep / shards),
        plan.rowsPerSample() == 1
            ? MOST_HELD_OUT_SAMPLES
            : Math.max(1, MOST_HELD_OUT_ROWS / plan.rowsPerSample()),
        options.planning().seed());
  }
}
