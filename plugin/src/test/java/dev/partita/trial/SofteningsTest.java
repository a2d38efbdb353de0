package dev.partita.trial;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.Target;
import dev.partita.context.Fronts;
import dev.partita.context.RunContext;
import dev.partita.context.RunData;
import dev.partita.context.Stages;
import dev.partita.context.Workspace;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.LayerRows;
import dev.partita.dense.region.FeatureSpace.State;
import dev.partita.dense.region.Findings;
import dev.partita.dense.region.Region;
import dev.partita.estimate.CutEstimates;
import dev.partita.estimate.Estimates;
import dev.partita.estimate.RewritingEstimates;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.PlanningOptions;
import dev.partita.options.Repair;
import dev.partita.options.RepairOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.TargetOptions;
import dev.partita.partition.ContiguousStrategy;
import dev.partita.partition.PartitionPlan;
import dev.partita.partition.PlanProblem;
import dev.partita.plan.Gain;
import dev.partita.plan.KnownPlans;
import dev.partita.plan.Planning;
import dev.partita.repair.moments.KnownScales;
import dev.partita.repair.region.RegionRepair;
import dev.partita.report.schema.OptimizationReport.Trial;
import dev.partita.rewrite.Cut;
import dev.partita.rewrite.Rewriting;
import dev.partita.spi.ProgressListener;
import dev.partita.verify.Accuracy.GateResult;
import dev.partita.verify.Reference;
import dev.partita.workers.Workers;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which softenings a region has, in which order, and how many of them are tried. */
class SofteningsTest {

  private static final Options OPTIONS =
      Options.builder()
          .set(TargetOptions.ACCELERATORS, 8)
          .set(SelectionOptions.MIN_BLOCK, 2)
          .set(SelectionOptions.INCLUDE, ImmutableList.of("*"))
          .build();
  private static final Target TARGET = Estimates.target(OPTIONS);

  @TempDir private Path folder;
  private GraphIndex index;
  private Region region;

  @BeforeEach
  void find() {
    Path file =
        GraphBuilder.opset(17)
            .input("x", "N", 256)
            .random("w1", 1, 256, 512)
            .random("w2", 2, 512, 256)
            .node("first", "MatMul", "x, w1", "a")
            .node("Relu", "a", "r")
            .node("second", "MatMul", "r, w2", "h")
            .output("h", "N", 256)
            .write(folder.resolve("pair.onnx"));
    index = new GraphIndex(ModelFile.read(file));
    Findings findings = Gain.of(index, OPTIONS, TARGET).findings();
    region = findings.regions().get(0);
  }

  private CutEstimates estimates(Target target) {
    return new CutEstimates(index, target, new LayerRows(index, Map.of()), DramSharing.PRIVATE);
  }

  private static PartitionPlan plan(Region region, int branches) {
    return new ContiguousStrategy()
        .plan(new PlanProblem(branches, region.spaces(), ImmutableList.of(), 0));
  }

  private ImmutableList<Softening> of(Repair repair, int rank, Target target) {
    return new Softenings(index, estimates(target), repair)
        .of(ImmutableList.of(new Cut(region, plan(region, 8), rank)));
  }

  @Test
  void theFastestComesFirst() {
    ImmutableList<Softening> all = of(Repair.LEAST_SQUARES, 0, TARGET);
    assertThat(all)
        .extracting(Softening::detail)
        .containsExactlyInAnyOrder(
            "bridges of rank 16",
            "bridges of rank 32",
            "entry shared",
            "on 4 of 8 accelerators",
            "on 2 of 8 accelerators");
    assertThat(all).extracting(Softening::cycles).isSorted();
    long cut = estimates(TARGET).compare(region, 8, 0).pruned().cycles();
    long whole = estimates(TARGET).compare(region, 8, 0).denseOnOne().cycles();
    assertThat(all).extracting(Softening::cycles).allMatch(c -> c > cut && c < whole);
  }

  @Test
  void bridgesNeedRepairAndAreWiderThanBefore() {
    assertThat(of(Repair.NONE, 0, TARGET)).noneMatch(each -> each.bridgeRank() > 0);
    assertThat(of(Repair.LEAST_SQUARES, 16, TARGET))
        .filteredOn(each -> each.action() == Softening.Action.BRIDGED)
        .extracting(Softening::bridgeRank)
        .containsExactly(32);
    // What was asked for stays in every other softening.
    assertThat(of(Repair.LEAST_SQUARES, 16, TARGET))
        .filteredOn(each -> each.action() != Softening.Action.BRIDGED)
        .extracting(Softening::bridgeRank)
        .containsOnly(16);
  }

  @Test
  void whatIsNoFasterThanWholeIsLeftOut() {
    long whole = estimates(TARGET).compare(region, 8, 0).denseOnOne().cycles();
    Target slow = TARGET.withOverride("link.latency_cycles", Long.toString(whole));
    assertThat(of(Repair.LEAST_SQUARES, 0, slow)).isEmpty();
  }

  @Test
  void aSharedEntryIsTheEntryAlone() {
    Region shared = Softenings.withSharedEntries(index, region);
    assertThat(shared.space("x").state()).isEqualTo(State.SHARED);
    assertThat(shared.space("a").state()).isEqualTo(State.ASSIGNED);
    assertThat(shared.space("h").state()).isEqualTo(State.ASSIGNED);
    assertThat(shared.id()).isEqualTo(region.id());
    // What is shared already is shared no further.
    assertThat(Softenings.withSharedEntries(index, shared)).isEqualTo(shared);
  }

  /** Trials on random data, with a limit that every variant keeps. */
  private interface Case {
    void run(Trials trials, Rewriting rewriting) throws InterruptedException;
  }

  private void withTrials(Case body) throws InterruptedException {
    Options options =
        OPTIONS.toBuilder()
            .set(PlanningOptions.CALIBRATION, "random:64")
            .set(RepairOptions.VALIDATION, "random:64")
            .set(GateOptions.MAX_RELATIVE_ERROR, 100.0)
            .set(GateOptions.MIN_AGREEMENT, 0.0)
            .set(PlanningOptions.THREADS, 2)
            .build();
    Path model = folder.resolve("pair.onnx");
    RunData data = RunData.read(ModelFile.read(model), options);
    try (Workspace workspace = new Workspace(null, Workers.of(1));
        Reference reference =
            Reference.of(model, Objects.requireNonNull(data.validation()), Workers.of(2))) {
      Stages stages = new Stages(ProgressListener.NONE, 2);
      RunContext context = RunContext.of(ModelFile.read(model), options, stages, workspace);
      Trials trials =
          new Trials(
              context,
              new Planning(context, new KnownScales(), new KnownPlans(), data.calibration()),
              new RegionRepair(context, new Fronts(), data.calibration(), warning -> {}),
              new CandidateWriter(context, null),
              new RewritingEstimates(
                  Gain.of(context.index(), options, TARGET).findings(), context.estimates()),
              reference);
      body.run(trials, Rewriting.of(index, Map.of(region, plan(region, 8)), 0).withAll());
    }
  }

  private static GateResult condition(Trials trials, Rewriting rewriting)
      throws InterruptedException {
    return Harm.deciding(trials.accuracy(rewriting));
  }

  @Test
  void thereAreNoMoreTrialsThanAllowedAndNoneIsKeptThatDoesNoLessHarm()
      throws InterruptedException {
    Harm none = new Harm("relative_error", 0, Double.NEGATIVE_INFINITY, true);
    withTrials(
        (trials, rewriting) -> {
          GateResult condition = condition(trials, rewriting);
          for (int most : new int[] {0, 2, 24}) {
            SofteningTrials.Result result =
                new SofteningTrials(trials, most).soften(rewriting, region, none, condition);
            assertThat(result.kept()).isNull();
            assertThat(result.rewriting()).isSameAs(rewriting);
            assertThat(result.failed()).hasSize(Math.min(most, 5));
            assertThat(result.failed()).extracting(Trial::passed).allMatch(passed -> passed);
          }
        });
  }

  @Test
  void aTrialThatDoesLessHarmIsKeptAndTheOthersAreTriedOnce() throws InterruptedException {
    Harm most = new Harm("relative_error", 1, Double.POSITIVE_INFINITY, false);
    withTrials(
        (trials, rewriting) -> {
          GateResult condition = condition(trials, rewriting);
          SofteningTrials softening = new SofteningTrials(trials, 24);
          for (int i = 0; i < 5; i++) {
            SofteningTrials.Result result = softening.soften(rewriting, region, most, condition);
            Softening kept = Objects.requireNonNull(result.kept());
            Cut cut = result.rewriting().cut(region);
            assertThat(cut.bridgeRank()).isEqualTo(kept.bridgeRank());
            assertThat(cut.plan().branches()).isEqualTo(kept.branches());
            // What was there before is as it was.
            assertThat(rewriting.cut(region).plan()).isEqualTo(plan(region, 8));
          }
          assertThat(softening.soften(rewriting, region, most, condition).kept()).isNull();
        });
  }

  @Test
  void regionsWithoutGainAreLeftWholeByName() {
    Options slow =
        OPTIONS.toBuilder()
            .set(TargetOptions.SET, ImmutableMap.of("link.latency_cycles", "1000000"))
            .set(SelectionOptions.INCLUDE, ImmutableList.of("*"))
            .build();
    // Asked for by name.
    assertThat(Gain.of(index, slow, Estimates.target(slow)).findings().regions()).hasSize(1);
    Options free = slow.toBuilder().set(SelectionOptions.INCLUDE, ImmutableList.of()).build();
    Findings findings = Gain.of(index, free, Estimates.target(free)).findings();
    assertThat(findings.regions()).isEmpty();
    assertThat(findings.skipped())
        .extracting(skipped -> skipped.node() + " " + skipped.reason().name())
        .containsExactly("first NO_GAIN", "second CLOSING_LAYER");
    assertThat(findings.skipped().get(0).detail()).contains("8 accelerators");
    assertThat(findings.leftLayers()).extracting(DenseLayer::name).contains("first", "second");
  }

  @Test
  void oneAcceleratorGainsNothing() {
    Options one =
        OPTIONS.toBuilder()
            .set(TargetOptions.ACCELERATORS, 1)
            .set(SelectionOptions.INCLUDE, ImmutableList.of())
            .build();
    Findings findings = Gain.of(index, one, Estimates.target(one)).findings();
    assertThat(findings.regions()).isEmpty();
  }
}
