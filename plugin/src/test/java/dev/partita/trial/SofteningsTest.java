package dev.partita.trial;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.Target;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.LayerRows;
import dev.partita.dense.region.FeatureSpace.State;
import dev.partita.dense.region.Findings;
import dev.partita.dense.region.Region;
import dev.partita.estimate.CutEstimates;
import dev.partita.estimate.Estimates;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.options.Options;
import dev.partita.options.Repair;
import dev.partita.options.SelectionOptions;
import dev.partita.options.TargetOptions;
import dev.partita.partition.ContiguousStrategy;
import dev.partita.partition.PartitionPlan;
import dev.partita.partition.PlanProblem;
import dev.partita.plan.Gain;
import dev.partita.report.schema.OptimizationReport.Trial;
import dev.partita.rewrite.Cut;
import dev.partita.rewrite.RegionWeights;
import dev.partita.rewrite.Rewriting;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
        .of(new Cut(region, plan(region, 8), rank));
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

  private SofteningTrials.Result trials(Rewriting rewriting, List<String> asked, int most)
      throws InterruptedException {
    SofteningTrials trials =
        new SofteningTrials(
            new Softenings(index, estimates(TARGET), Repair.LEAST_SQUARES),
            (cut, branches) -> plan(cut, branches),
            cut -> asked.add(cut.id()),
            most);
    return trials.soften(
        rewriting,
        region,
        new Harm("relative_error", 0.5, 0.4, false),
        cut -> new Harm("relative_error", 0.2, 0.1, false));
  }

  @Test
  void thereAreNoMoreTrialsThanAllowedAndNoneIsKeptThatFails() throws InterruptedException {
    Rewriting rewriting = new Rewriting(index, Map.of(region, plan(region, 8)), 0);
    rewriting.activate(region, RegionWeights.ORIGINAL);
    Rewriting.State before = rewriting.state();
    for (int most : new int[] {0, 2, 24}) {
      List<String> asked = new ArrayList<>();
      SofteningTrials.Result result = trials(rewriting, asked, most);
      assertThat(result.kept()).isNull();
      assertThat(asked).hasSize(Math.min(most, 5));
      assertThat(result.failed()).hasSize(Math.min(most, 5));
      assertThat(result.failed()).extracting(Trial::passed).allMatch(passed -> !passed);
      assertThat(rewriting.state()).isEqualTo(before);
    }
  }

  @Test
  void aTrialThatDoesNoLessHarmIsNotKept() throws InterruptedException {
    Rewriting rewriting = new Rewriting(index, Map.of(region, plan(region, 8)), 0);
    rewriting.activate(region, RegionWeights.ORIGINAL);
    SofteningTrials trials =
        new SofteningTrials(
            new Softenings(index, estimates(TARGET), Repair.NONE),
            (cut, branches) -> plan(cut, branches),
            cut -> {},
            24);
    Harm before = new Harm("relative_error", 0.08, -0.02, true);
    assertThat(trials.soften(rewriting, region, before, cut -> before).kept()).isNull();
    // Each is tried once: there is none left, however good it would be now.
    Harm none = new Harm("relative_error", 0, -0.1, true);
    assertThat(trials.soften(rewriting, region, before, cut -> none).kept()).isNull();
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
