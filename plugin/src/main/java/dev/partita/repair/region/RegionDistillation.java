package dev.partita.repair.region;

import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
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
import dev.partita.repair.distillation.TargetMoments;
import dev.partita.repair.distillation.TargetMoments.Sample;
import dev.partita.repair.distillation.TrainingData;
import dev.partita.repair.moments.CalibrationRows;
import dev.partita.rewrite.RegionRewrite;
import dev.partita.rewrite.Rewriting;
import dev.partita.runtime.Batch;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.Tensor;
import dev.partita.verify.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

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
  private final ImmutableMap<String, Reading> readings;
  private final Consumer<String> warn;

  /**
   * A distillation.
   *
   * @param readings how the outputs of the original are read
   */
  RegionDistillation(
      RunContext context,
      DataSet data,
      ImmutableMap<String, Reading> readings,
      Consumer<String> warn) {
    this.readings = readings;
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
        List<Plan> plans = plans(rewriting.index(), rewritten, regions, blocks);
        if (!plans.isEmpty()) {
          return distil(rewriting, rewritten, plans, blocks, scratch);
        }
      }
      return rewriting;
    }
  }

  /** How the losses are computed. */
  private record Plan(
      TrainingGraph graph, DistillationGoals goals, Observation observed, int rowsPerSample) {}

  /** One for each way to compute the losses; empty where there is none. */
  private List<Plan> plans(
      GraphIndex original, GraphIndex rewritten, List<Region> regions, BlockParameters blocks) {
    try {
      return plans(
          original,
          rewritten,
          blocks,
          DistillationGoals.ofOutputs(regions, original, rewritten, readings));
    } catch (NotDifferentiableException obstacle) {
      warn.accept(
          "Each region is distilled against its own outputs, because "
              + obstacle.getMessage()
              + ".");
    }
    try {
      return plans(original, rewritten, blocks, DistillationGoals.ofRegions(regions, rewritten));
    } catch (NotDifferentiableException obstacle) {
      warn.accept(
          "Distillation is skipped, because "
              + obstacle.getMessage()
              + "; the weights remain those of least squares.");
      return List.of();
    }
  }

  private List<Plan> plans(
      GraphIndex original, GraphIndex rewritten, BlockParameters blocks, DistillationGoals goals) {
    ForwardGraph forward = ForwardGraph.of(rewritten, blocks.parameters(), goals.values());
    Observation observed = Observation.of(workspace, forward, blocks.start(), data);
    List<Batch> batches = data.batches(CalibrationRows.batchSize(data));
    List<Sample> samples = new ArrayList<>();
    try (Workspace.Opened opened = workspace.open(original, goals.values())) {
      int seen = 0;
      for (int i = 0; i < batches.size() && seen < FEWEST_SAMPLES; i++) {
        Batch batch = batches.get(i);
        samples.add(new Sample(batch, opened.session().run(batch.inputs(), goals.values())));
        seen += batch.samples();
      }
    }
    boolean masked = batches.stream().anyMatch(b -> !b.mask().isFull());
    int rows = 1;
    Sample first = samples.get(0);
    for (String value : goals.values()) {
      Tensor target = Objects.requireNonNull(first.targets().get(value));
      rows = Math.max(rows, rows(value, target, first.batch()) / first.batch().samples());
    }
    List<Plan> plans = new ArrayList<>();
    for (boolean openAsScores : goals.areOpen() ? new boolean[] {true, false} : new boolean[1]) {
      List<Loss> losses = goals.losses(new TargetMoments(samples), masked, openAsScores);
      // A graph of its own each, so that both call what they read the same.
      TrainingGraph graph =
          TrainingGraph.of(
              ForwardGraph.of(rewritten, blocks.parameters(), goals.values()),
              losses,
              observed.types(),
              goals.measured().keySet(),
              goals.closed(),
              observed.batched());
      plans.add(new Plan(graph, goals, observed, rows));
    }
    return plans;
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
      Rewriting rewriting,
      GraphIndex rewritten,
      List<Plan> plans,
      BlockParameters blocks,
      Scratch scratch)
      throws InterruptedException {
    Stopwatch watch = Stopwatch.createStarted();
    Plan any = plans.get(0);
    // The plans differ in their losses alone, so they read the same.
    TrainingData samples =
        TrainingData.capture(
            workspace,
            rewriting.index(),
            rewritten,
            any.graph(),
            data,
            any.observed().whole(),
            blends(any),
            options.planning().seed(),
            scratch);
    Distillation.Result result = best(rewritten, plans, blocks, samples);
    int steps = options.repair().distillSteps();
    stages.note(
        String.format(
            Locale.ROOT,
            "Distillation: %s %.4g before and %.4g after %,d steps (%d s), on held-out samples.",
            any.goals().measured().isEmpty() ? "a loss of" : "the largest loss by its limit is",
            result.before(),
            result.after(),
            steps,
            watch.elapsed(TimeUnit.SECONDS)));
    if (!result.isBetter()) {
      warn.accept(
          "Distillation brought nothing on held-out samples in %,d steps; the weights remain those of least squares."
              .formatted(steps));
      return rewriting;
    }
    return blocks.in(rewriting, result.parameters());
  }

  /** Each plan is tried; the one that comes farthest is run. */
  private Distillation.Result best(
      GraphIndex rewritten, List<Plan> plans, BlockParameters blocks, TrainingData samples)
      throws InterruptedException {
    Distillation.Result found = null;
    Plan chosen = plans.get(0);
    double tried = 0;
    for (int i = 0; i < plans.size(); i++) {
      Plan plan = plans.get(i);
      try (Workspace.Opened opened = workspace.open(rewritten.model(), plan.graph().model())) {
        Distillation distillation = distillation(opened, plan, samples);
        double share = distillation.trialShare();
        double all = 1 + plans.size() * share;
        double from = i * share / all;
        Distillation.Result trial =
            distillation.trial(
                blocks.start(),
                samples.train(),
                samples.heldOut(),
                done -> stages.progress("distil", from + done * share / all));
        tried = plans.size() * share / all;
        if (found == null || trial.after() < found.after()) {
          found = trial;
          chosen = plan;
        }
      }
    }
    double from = tried;
    try (Workspace.Opened opened = workspace.open(rewritten.model(), chosen.graph().model())) {
      return distillation(opened, chosen, samples)
          .run(
              Objects.requireNonNull(found),
              blocks.start(),
              samples.train(),
              samples.heldOut(),
              done -> stages.progress("distil", from + done * (1 - from)));
    }
  }

  private Distillation distillation(Workspace.Opened opened, Plan plan, TrainingData samples) {
    return new Distillation(
        opened.session(),
        plan.graph(),
        plan.goals().measured(),
        schedule(plan, samples),
        workspace.workers());
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
