package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import dev.partita.accelerator.CostModel;
import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.Target;
import dev.partita.accelerator.Targets;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.ModelFile;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.RepairOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.Soften;
import dev.partita.options.Strategy;
import dev.partita.options.TargetOptions;
import dev.partita.report.ConsoleTable;
import dev.partita.report.JsonReport;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.Outcome;
import dev.partita.report.schema.OptimizationReport.RegionReport;
import dev.partita.report.schema.OptimizationReport.Status;
import dev.partita.report.schema.OptimizationReport.Step;
import dev.partita.report.schema.OptimizationReport.Trial;
import dev.partita.run.GateFailedException;
import dev.partita.spi.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A residual stack of feed-forward pairs, cut for four accelerators in natural order. Each pair is
 * made so that exactly one kind of softening loses nothing of it, or none.
 */
class SofteningTest {

  private static final int WIDTH = 64;
  private static final int RANK = 6;
  private static final double LIMIT = 0.02;

  @TempDir private Path folder;

  /** What a pair survives. */
  private enum Pair {
    /** Four blocks in both layers. */
    GOOD(4, 4),
    /** Four blocks in the second layer only. */
    SHARED(1, 4),
    /** Two blocks in both. */
    FEWER_BRANCHES(2, 2),
    /** No blocks. */
    SPOILED(1, 1);

    private final int up;
    private final int down;

    Pair(int up, int down) {
      this.up = up;
      this.down = down;
    }
  }

  private static float[] weight(long seed, int blocks) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] weights = new float[WIDTH * WIDTH];
    int size = WIDTH / blocks;
    for (int i = 0; i < weights.length; i++) {
      double drawn = random.nextGaussian() * 0.15;
      weights[i] = i / WIDTH / size == i % WIDTH / size ? (float) drawn : 0;
    }
    return weights;
  }

  private Path stack(Pair... pairs) {
    GraphBuilder graph = GraphBuilder.opset(17).input("x0", "N", WIDTH);
    for (int i = 0; i < pairs.length; i++) {
      graph
          .initializer("up" + i, weight(2L * i, pairs[i].up), WIDTH, WIDTH)
          .initializer("down" + i, weight(2L * i + 1, pairs[i].down), WIDTH, WIDTH)
          .node("first" + i, "MatMul", "x" + i + ", up" + i, "a" + i)
          .node("relu" + i, "Relu", "a" + i, "b" + i)
          .node("second" + i, "MatMul", "b" + i + ", down" + i, "c" + i)
          .node("add" + i, "Add", "x" + i + ", c" + i, "x" + (i + 1));
    }
    return graph.output("x" + pairs.length, "N", WIDTH).write(folder.resolve("stack.onnx"));
  }

  private static Options.Builder options() {
    return Options.builder()
        .set(TargetOptions.ACCELERATORS, 4)
        .set(SelectionOptions.MIN_BLOCK, 2)
        .set(SelectionOptions.INCLUDE, ImmutableList.of("*"))
        .set(PlanningOptions.STRATEGY, Strategy.CONTIGUOUS)
        .set(RepairOptions.VALIDATION, "random:128")
        .set(GateOptions.MIN_AGREEMENT, 0.0)
        .set(GateOptions.MAX_RELATIVE_ERROR, LIMIT)
        .set(OutputOptions.OVERWRITE, true)
        .set(PlanningOptions.THREADS, 2);
  }

  private Path output() {
    return folder.resolve("out.onnx");
  }

  private OptimizationReport run(Path model, Options options) {
    return Optimizer.optimize(model, output(), options, ProgressListener.NONE);
  }

  private static String action(Pair pair) {
    return pair == Pair.SHARED ? "shared" : "fewer-branches";
  }

  @ParameterizedTest
  @EnumSource(
      value = Pair.class,
      names = {"SHARED", "FEWER_BRANCHES"})
  void savesWhatTakingBackWouldLose(Pair pair) {
    Path model = stack(Pair.GOOD, pair, Pair.GOOD);
    OptimizationReport hard = run(model, options().set(RepairOptions.SOFTEN, Soften.NONE).build());
    assertThat(hard.regions())
        .extracting(RegionReport::status)
        .containsExactly(Status.REWRITTEN, Status.REVERTED, Status.REWRITTEN);
    OptimizationReport soft = run(model, options().build());
    assertThat(soft.regions()).extracting(RegionReport::status).containsOnly(Status.REWRITTEN);
    assertThat(soft.regions())
        .extracting(RegionReport::softened)
        .containsExactly(null, action(pair), null);
    assertThat(soft.steps()).hasSize(1);
    Step step = soft.steps().get(0);
    assertThat(step.action()).isEqualTo(action(pair));
    assertThat(step.region()).isEqualTo("r1");
    assertThat(step.passed()).isTrue();
    assertThat(step.alone()).isGreaterThan(LIMIT);
    assertThat(step.aloneAfter()).isLessThan(1e-5);
    assertThat(step.value()).isLessThan(1e-5);
    assertThat(step.detail()).isNotBlank();
    assertThat(cycles(soft)).isLessThan(cycles(hard));
  }

  private static long cycles(OptimizationReport report) {
    return Objects.requireNonNull(report.total()).privateDram().pruned().cycles();
  }

  @Test
  void everyRegionsSensitivityIsReported() {
    Path model = stack(Pair.GOOD, Pair.SHARED, Pair.GOOD);
    OptimizationReport report = run(model, options().build());
    List<Double> alone = report.regions().stream().map(RegionReport::alone).toList();
    assertThat(alone.get(0)).isLessThan(1e-5);
    assertThat(alone.get(1)).isGreaterThan(LIMIT);
    assertThat(alone.get(2)).isLessThan(1e-5);
    OptimizationReport held = run(stack(Pair.GOOD), options().build());
    assertThat(held.regions().get(0).alone()).isNull();
  }

  @Test
  void whatIsEstimatedToBeFastestIsTriedFirst() {
    OptimizationReport report = run(stack(Pair.FEWER_BRANCHES), options().build());
    Step step = report.steps().get(0);
    assertThat(step.tried()).extracting(Trial::action).containsExactly("shared");
    Trial shared = step.tried().get(0);
    assertThat(shared.passed()).isFalse();
    assertThat(shared.alone()).isGreaterThan(LIMIT);
    assertThat(shared.cycles())
        .isLessThan(
            Objects.requireNonNull(report.regions().get(0).estimate())
                .privateDram()
                .pruned()
                .cycles());
    assertThat(ConsoleTable.of(report))
        .contains("r0 fewer-branches: after trying entry shared (alone ")
        .contains("on 2 of 4 accelerators");
    assertThat(JsonReport.of(report))
        .contains("\"action\" : \"fewer-branches\"")
        .contains("\"detail\" : \"on 2 of 4 accelerators\"")
        .contains("\"softened\" : \"fewer-branches\"");
  }

  @Test
  void fewerBranchesAreCountedForWhatTheyAre() {
    Path model = stack(Pair.FEWER_BRANCHES);
    OptimizationReport two =
        run(
            model,
            options()
                .set(TargetOptions.ACCELERATORS, 2)
                .set(TargetOptions.DRAM, DramSharing.SHARED)
                .build());
    ImmutableList<ImmutableList<String>> figuresOfTwo = figures();
    OptimizationReport soft =
        run(model, options().set(TargetOptions.DRAM, DramSharing.SHARED).build());
    RegionReport region = soft.regions().get(0);
    assertThat(region.accelerators()).isEqualTo(2);
    assertThat(soft.target().accelerators()).isEqualTo(4);
    assertThat(region.parametersAfter()).isEqualTo(two.regions().get(0).parametersAfter());
    var estimate = Objects.requireNonNull(region.estimate());
    var expected = Objects.requireNonNull(two.regions().get(0).estimate());
    assertThat(estimate.sharedDram().pruned().cycles())
        .isEqualTo(expected.sharedDram().pruned().cycles());
    assertThat(estimate.privateDram().pruned().cycles())
        .isEqualTo(expected.privateDram().pruned().cycles());
    // The other two accelerators wait, and burn static power.
    assertThat(estimate.privateDram().pruned().energyBreakdown().total())
        .isGreaterThan(expected.privateDram().pruned().energyBreakdown().total());
    assertThat(figures()).isEqualTo(figuresOfTwo).isNotEmpty();
  }

  /** Metadata of every node. */
  private ImmutableList<ImmutableList<String>> figures() {
    ImmutableList.Builder<ImmutableList<String>> all = ImmutableList.builder();
    for (NodeProto node : ModelFile.read(output()).proto().getGraph().getNodeList()) {
      all.add(
          node.getMetadataPropsList().stream()
              .map(entry -> entry.getKey() + "=" + entry.getValue())
              .collect(ImmutableList.toImmutableList()));
    }
    return all.build();
  }

  @Test
  void theirNodesShareTheBandwidthBetweenThem() {
    run(stack(Pair.FEWER_BRANCHES), options().set(TargetOptions.DRAM, DramSharing.SHARED).build());
    Target two = Targets.named(TargetOptions.TARGET.defaultValue()).withAccelerators(2);
    long cycles = CostModel.node(two, 1, WIDTH / 2, WIDTH / 2, DramSharing.SHARED).cycles();
    assertThat(figures().stream().flatMap(List::stream))
        .contains("dev.partita.cycles=" + cycles, "dev.partita.accelerator=1")
        .doesNotContain("dev.partita.accelerator=2");
  }

  @Test
  void aSharedEntryLeavesItsFirstLayerWithoutGather() {
    OptimizationReport report = run(stack(Pair.SHARED), options().build());
    // The first layer keeps all its weights, the second a quarter.
    assertThat(report.regions().get(0).parametersAfter())
        .isEqualTo((long) WIDTH * WIDTH + WIDTH * WIDTH / 4);
    assertThat(ModelFile.read(output()).proto().getGraph().getNodeList())
        .extracting(NodeProto::getOpType)
        .doesNotContain("Gather", "Slice");
  }

  /** The mutation: each trial changes weights and plan, and none of that may stay. */
  @Test
  void whatDoesNotServeLeavesNoTrace() {
    Path model = stack(Pair.GOOD, Pair.SPOILED, Pair.GOOD);
    OptimizationReport hard = run(model, options().set(RepairOptions.SOFTEN, Soften.NONE).build());
    ModelProto without = withoutOptions(output());
    OptimizationReport soft = run(model, options().build());
    assertThat(withoutOptions(output())).isEqualTo(without);
    RegionReport region = soft.regions().get(1);
    assertThat(region.status()).isEqualTo(Status.REVERTED);
    assertThat(region.softened()).isNull();
    assertThat(region.accelerators()).isEqualTo(4);
    assertThat(region.reason()).startsWith("GATE: alone, relative_error ").contains("; softened: ");
    assertThat(soft.regions().get(0)).isEqualTo(hard.regions().get(0));
    assertThat(soft.steps()).hasSize(1);
    assertThat(soft.steps().get(0).action()).isEqualTo(Step.REVERTED);
    assertThat(soft.steps().get(0).tried())
        .extracting(Trial::action)
        .containsExactly("shared", "fewer-branches");
    assertThat(soft.steps().get(0).tried()).extracting(Trial::passed).containsOnly(false);
    assertThat(hard.steps().get(0).tried()).isEmpty();
  }

  private static ModelProto withoutOptions(Path file) {
    ModelProto proto = ModelFile.read(file).proto();
    ModelProto.Builder rest = proto.toBuilder().clearMetadataProps();
    for (StringStringEntryProto entry : proto.getMetadataPropsList()) {
      if (!entry.getKey().equals("dev.partita.options")) {
        rest.addMetadataProps(entry);
      }
    }
    return rest.build();
  }

  @Test
  void eachRegionEndsAsWellAsItCan() {
    Path model = stack(Pair.SPOILED, Pair.SHARED, Pair.GOOD, Pair.FEWER_BRANCHES);
    OptimizationReport report = run(model, options().build());
    assertThat(report.outcome()).isEqualTo(Outcome.OPTIMIZED);
    assertThat(report.regions())
        .extracting(RegionReport::softened)
        .containsExactly(null, "shared", null, "fewer-branches");
    assertThat(report.regions())
        .extracting(RegionReport::status)
        .containsExactly(Status.REVERTED, Status.REWRITTEN, Status.REWRITTEN, Status.REWRITTEN);
    assertThat(report.regions()).extracting(RegionReport::accelerators).containsExactly(4, 4, 4, 2);
    assertThat(report.steps()).hasSize(3);
    assertThat(report.steps().subList(0, 2)).extracting(Step::passed).containsOnly(false);
    assertThat(report.steps().get(2).passed()).isTrue();
    // The worst first.
    assertThat(report.steps())
        .extracting(step -> Objects.requireNonNull(step.alone()))
        .isSortedAccordingTo((a, b) -> Double.compare(b, a));
  }

  @Test
  void aGateThatNothingMeetsNamesWhatWasTried() {
    Path model = stack(Pair.SPOILED, Pair.SPOILED);
    assertThatThrownBy(() -> run(model, options().build()))
        .isInstanceOfSatisfying(
            GateFailedException.class,
            failure -> {
              for (Step step : failure.report().steps()) {
                assertThat(failure)
                    .hasMessageContaining(
                        "%s %.4f; softened: entry shared ".formatted(step.region(), step.alone()));
              }
              assertThat(failure.report().regions())
                  .extracting(RegionReport::status)
                  .containsOnly(Status.REVERTED);
            });
    assertThat(output()).doesNotExist();
  }

  @Test
  @Tag("slow")
  void theBytesDoNotDependOnTheNumberOfThreads() throws IOException {
    Path model = stack(Pair.SPOILED, Pair.SHARED, Pair.FEWER_BRANCHES);
    Options.Builder calibrated = options().set(PlanningOptions.CALIBRATION, "random:256");
    run(model, calibrated.set(PlanningOptions.THREADS, 1).build());
    byte[] one = Files.readAllBytes(output());
    run(model, calibrated.set(PlanningOptions.THREADS, 3).build());
    assertThat(Files.readAllBytes(output())).isEqualTo(one);
  }

  /** Weights of rank {@value #RANK} survive any cut with bridges of that rank. */
  private static float[] narrow(long seed, int ins, int outs) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] left = random.doubles((long) ins * RANK, -1, 1).toArray();
    double[] right = random.doubles((long) RANK * outs, -1, 1).toArray();
    float[] product = new float[ins * outs];
    for (int k = 0; k < ins; k++) {
      for (int n = 0; n < outs; n++) {
        double sum = 0;
        for (int r = 0; r < RANK; r++) {
          sum += left[k * RANK + r] * right[r * outs + n];
        }
        product[k * outs + n] = (float) (sum / Math.sqrt(ins));
      }
    }
    return product;
  }

  private Path narrowPair() {
    return GraphBuilder.opset(17)
        .input("x", "N", WIDTH)
        .initializer("w1", narrow(1, WIDTH, 2 * WIDTH), WIDTH, 2 * WIDTH)
        .initializer("w2", narrow(2, 2 * WIDTH, WIDTH), 2 * WIDTH, WIDTH)
        .node("first", "MatMul", "x, w1", "a")
        .node("Relu", "a", "r")
        .node("second", "MatMul", "r, w2", "h")
        .output("h", "N", WIDTH)
        .write(folder.resolve("narrow.onnx"));
  }

  @Test
  void bridgesSaveWhatTakingBackWouldLose() {
    Options.Builder calibrated = options().set(PlanningOptions.CALIBRATION, "random:1024");
    Path model = narrowPair();
    assertThatThrownBy(() -> run(model, calibrated.set(RepairOptions.SOFTEN, Soften.NONE).build()))
        .isInstanceOf(GateFailedException.class);
    OptimizationReport report =
        run(model, calibrated.set(RepairOptions.SOFTEN, Soften.AUTO).build());
    RegionReport region = report.regions().get(0);
    assertThat(region.softened()).isEqualTo("bridged");
    assertThat(region.bridgeRank()).isEqualTo(16);
    assertThat(region.accelerators()).isEqualTo(4);
    assertThat(report.steps()).extracting(Step::detail).containsExactly("bridges of rank 16");
    // Bridges that were not asked for are missing without a word.
    assertThat(report.warnings()).noneMatch(warning -> warning.contains("gets no bridge"));
  }

  @Test
  void aLosslessCutIsNotSoftened() {
    OptimizationReport report =
        run(stack(Pair.GOOD), options().set(PlanningOptions.STRATEGY, Strategy.LOSSLESS).build());
    assertThat(report.steps()).isEmpty();
    assertThat(report.regions().get(0).status()).isEqualTo(Status.REWRITTEN);
  }
}
