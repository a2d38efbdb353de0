package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import dev.partita.UnsupportedInputException;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.ModelProto;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.RepairOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.Strategy;
import dev.partita.options.TargetOptions;
import dev.partita.report.ConsoleTable;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.LayerState;
import dev.partita.report.schema.OptimizationReport.Outcome;
import dev.partita.report.schema.OptimizationReport.RegionReport;
import dev.partita.report.schema.OptimizationReport.SkippedNode;
import dev.partita.report.schema.OptimizationReport.Status;
import dev.partita.spi.ProgressListener;
import dev.partita.testing.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code --strategy lossless} writes equals the original, or is the original. */
class LosslessRunTest {

  private static final int WIDTH = 64;
  private static final int GROUPS = 8;
  private static final double TOLERANCE = 1e-6;

  @TempDir private Path folder;

  /** The groups of a space's features, as many of each, in an order of its own. */
  private static int[] groups(long seed, int groups) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] group = new int[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      int j = random.nextInt(i + 1);
      group[i] = group[j];
      group[j] = i % groups;
    }
    return group;
  }

  private static float[] grouped(int[] ins, int[] outs) {
    SplittableRandom random = new SplittableRandom(11);
    float[] weights = new float[WIDTH * WIDTH];
    for (int i = 0; i < weights.length; i++) {
      float value = (float) random.nextGaussian() * 0.3f;
      weights[i] = ins[i / WIDTH] == outs[i % WIDTH] ? value : 0;
    }
    return weights;
  }

  /** A gated pair behind a layer, all in groups: one region. */
  private GraphBuilder gated(int groups) {
    int[] entry = groups(1, groups);
    int[] hidden = groups(2, groups);
    int[] wide = groups(3, groups);
    int[] exit = groups(4, groups);
    return GraphBuilder.opset(17)
        .input("x", "N", WIDTH)
        .initializer("w1", grouped(entry, hidden), WIDTH, WIDTH)
        .random("b1", 5, WIDTH)
        .node("first", "Gemm", "x, w1, b1", "a")
        .node("Relu", "a", "b")
        .initializer("w2", grouped(hidden, wide), WIDTH, WIDTH)
        .node("up", "MatMul", "b, w2", "u")
        .initializer("w3", grouped(hidden, wide), WIDTH, WIDTH)
        .node("gate", "MatMul", "b, w3", "g")
        .node("Sigmoid", "g", "s")
        .node("Mul", "u, s", "p")
        .initializer("w4", grouped(wide, exit), WIDTH, WIDTH)
        .node("down", "MatMul", "p, w4", "y");
  }

  private ModelProto grouped() {
    return gated(GROUPS).output("y", "N", WIDTH).build();
  }

  private static Options.Builder options(int accelerators) {
    return Options.builder()
        .set(TargetOptions.ACCELERATORS, accelerators)
        .set(PlanningOptions.STRATEGY, Strategy.LOSSLESS)
        .set(SelectionOptions.MIN_BLOCK, 1)
        .set(SelectionOptions.INCLUDE, ImmutableList.of("*"))
        .set(GateOptions.GATE, false)
        .set(PlanningOptions.THREADS, 2);
  }

  private OptimizationReport run(ModelProto model, Options.Builder options) throws IOException {
    Path input = Files.write(folder.resolve("in.onnx"), model.toByteArray());
    return Optimizer.optimize(
        input, folder.resolve("out.onnx"), options.build(), ProgressListener.NONE);
  }

  private void assertSameOutputs(ModelProto model) throws IOException {
    ModelProto written = ModelProto.parseFrom(Files.readAllBytes(folder.resolve("out.onnx")));
    Map<String, float[]> inputs = Run.inputs(model, 32, 9);
    Map<String, float[]> expected = Run.outputs(model, inputs, 32, true);
    Map<String, float[]> actual = Run.outputs(written, inputs, 32, true);
    assertThat(actual).hasSameSizeAs(expected);
    expected.forEach(
        (name, values) -> {
          float[] found = actual.get(name);
          assertThat(found).hasSameSizeAs(values);
          double largest = 0;
          for (int i = 0; i < values.length; i++) {
            largest = Math.max(largest, Math.abs(values[i]));
          }
          assertThat(largest).isPositive();
          for (int i = 0; i < values.length; i++) {
            assertThat((double) found[i]).isCloseTo(values[i], within(TOLERANCE * largest));
          }
        });
  }

  @ParameterizedTest
  @CsvSource({"2, false", "3, false", "4, true", "8, true"})
  void aGroupedModelGivesTheSameOutputs(int accelerators, boolean calibrated) throws IOException {
    ModelProto model = grouped();
    OptimizationReport report =
        run(
            model,
            options(accelerators)
                .set(PlanningOptions.CALIBRATION, calibrated ? "random:64" : null));
    assertThat(report.outcome()).isEqualTo(Outcome.OPTIMIZED);
    assertThat(report.skipped()).isEmpty();
    assertThat(report.regions()).hasSize(1);
    RegionReport region = report.regions().get(0);
    assertThat(region.status()).isEqualTo(Status.REWRITTEN);
    assertThat(region.strategy()).isEqualTo("lossless");
    assertThat(region.retainedImportance()).isEqualTo(1);
    assertThat(region.repair()).isEqualTo("none");
    assertThat(region.layers()).hasSize(4).allMatch(layer -> layer.state() == LayerState.CUT);
    assertThat(region.parametersAfter()).isLessThan(region.parametersBefore());
    assertSameOutputs(model);
  }

  @Test
  void theGateHoldsWithNothingLost() throws IOException {
    OptimizationReport report =
        run(
            grouped(),
            options(4)
                .set(GateOptions.GATE, true)
                .set(RepairOptions.VALIDATION, "random:64")
                .set(GateOptions.MAX_RELATIVE_ERROR, TOLERANCE));
    assertThat(report.outcome()).isEqualTo(Outcome.OPTIMIZED);
    assertThat(report.steps()).isEmpty();
  }

  @Test
  void theClosingLayerKeepsItsWeights() throws IOException {
    ModelProto model =
        gated(GROUPS)
            .random("w5", 6, WIDTH, 10)
            .node("Relu", "y", "z")
            .node("classifier", "MatMul", "z, w5", "logits")
            .output("logits", "N", 10)
            .build();
    OptimizationReport report =
        run(
            model,
            options(4)
                .set(SelectionOptions.MIN_BLOCK, 4)
                .set(SelectionOptions.INCLUDE, ImmutableList.of())
                .set(PlanningOptions.CALIBRATION, "random:64"));
    assertThat(report.regions().get(0).layers())
        .extracting(layer -> layer.name(), layer -> layer.state())
        .contains(tuple("classifier", LayerState.WHOLE));
    assertSameOutputs(model);
  }

  @Test
  void oneWeightBetweenTheBlocksIsEnoughToLeaveALayerAlone() throws IOException {
    int[] ins = groups(1, 4);
    int[] outs = groups(2, 4);
    float[] weights = grouped(ins, outs);
    ModelProto apart = single(weights);
    assertThat(run(apart, options(4)).outcome()).isEqualTo(Outcome.OPTIMIZED);
    assertSameOutputs(apart);
    int at = 0;
    while (ins[at / WIDTH] == outs[at % WIDTH]) {
      at++;
    }
    weights[at] = 1e-3f;
    ModelProto joined = single(weights);
    OptimizationReport report = run(joined, options(4).set(OutputOptions.OVERWRITE, true));
    assertThat(report.outcome()).isEqualTo(Outcome.UNCHANGED);
    assertThat(report.regions()).isEmpty();
    assertThat(report.skipped())
        .extracting(SkippedNode::node, SkippedNode::op, SkippedNode::reason)
        .containsExactly(tuple("only", "MatMul", "NOT_SEPARABLE"));
    assertThat(report.skipped().get(0).detail()).contains("3 parts", "4 accelerators");
    assertThat(ConsoleTable.of(report)).contains("NOT_SEPARABLE", "A different --strategy");
    assertThat(Files.mismatch(folder.resolve("in.onnx"), folder.resolve("out.onnx"))).isEqualTo(-1);
  }

  private static ModelProto single(float[] weights) {
    return GraphBuilder.opset(17)
        .input("x", "N", WIDTH)
        .initializer("w", weights, WIDTH, WIDTH)
        .node("only", "MatMul", "x, w", "y")
        .output("y", "N", WIDTH)
        .build();
  }

  @Test
  void whatIsGroupedBesideAFullLayerIsStillCut() throws IOException {
    int[] a = groups(1, 4);
    int[] b = groups(2, 4);
    ModelProto model =
        GraphBuilder.opset(17)
            .input("x", "N", WIDTH)
            .initializer("w1", grouped(a, b), WIDTH, WIDTH)
            .node("before1", "MatMul", "x, w1", "c")
            .node("Relu", "c", "d")
            .initializer("w2", grouped(b, a), WIDTH, WIDTH)
            .node("before2", "MatMul", "d, w2", "e")
            .node("Tanh", "e", "f")
            .random("w3", 3, WIDTH, WIDTH)
            .node("full*", "MatMul", "f, w3", "g")
            .node("Tanh", "g", "h")
            .initializer("w4", grouped(a, b), WIDTH, WIDTH)
            .node("after", "MatMul", "h, w4", "y")
            .output("y", "N", WIDTH)
            .build();
    OptimizationReport report = run(model, options(4));
    assertThat(report.regions())
        .extracting(region -> region.layers().stream().map(layer -> layer.name()).toList())
        .containsExactly(List.of("before1", "before2"), List.of("after"));
    assertThat(report.regions()).allMatch(region -> region.status() == Status.REWRITTEN);
    assertThat(report.skipped())
        .extracting(SkippedNode::node, SkippedNode::reason)
        .containsExactly(tuple("full*", "NOT_SEPARABLE"));
    assertSameOutputs(model);
  }

  @Test
  void whatTheUserExcludedKeepsItsReason() throws IOException {
    OptimizationReport report =
        run(grouped(), options(4).set(SelectionOptions.EXCLUDE, ImmutableList.of("first", "down")));
    assertThat(report.skipped())
        .extracting(SkippedNode::node, SkippedNode::reason)
        .containsExactlyInAnyOrder(tuple("first", "EXCLUDED"), tuple("down", "EXCLUDED"));
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void weightsThatAreNoNumbersAreRefused(float value) {
    float[] weights = grouped(groups(1, 4), groups(2, 4));
    weights[100] = value;
    assertThatThrownBy(() -> run(single(weights), options(4)))
        .isInstanceOf(UnsupportedInputException.class)
        .hasMessageContaining("only");
  }
}
