package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.fixtures.TensorValues;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.TensorProto;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.Repair;
import dev.partita.options.RepairOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.Soften;
import dev.partita.options.Strategy;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.InspectReport;
import dev.partita.report.schema.InspectReport.SharedWeight;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.run.GateFailedException;
import dev.partita.spi.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole runs over models in which several nodes read one stored weight. */
class SharedWeightsTest {

  private static final int WIDTH = 64;
  private static final int ACCELERATORS = 2;

  @TempDir private Path folder;

  private static Options.Builder options() {
    return Options.builder()
        .set(TargetOptions.ACCELERATORS, ACCELERATORS)
        .set(SelectionOptions.INCLUDE, ImmutableList.of("*"))
        .set(RepairOptions.REPAIR, Repair.NONE)
        .set(GateOptions.GATE, false)
        .set(OutputOptions.OVERWRITE, true)
        .set(PlanningOptions.THREADS, 1);
  }

  private OptimizationReport run(GraphBuilder graph, Options.Builder options) {
    return Optimizer.optimize(
        graph.write(folder.resolve("in.onnx")),
        folder.resolve("out.onnx"),
        options.build(),
        ProgressListener.NONE);
  }

  private List<TensorProto> floats() throws IOException {
    return ModelProto.parseFrom(Files.readAllBytes(folder.resolve("out.onnx")))
        .getGraph()
        .getInitializerList()
        .stream()
        .filter(tensor -> tensor.getDataType() == TensorProto.DataType.FLOAT_VALUE)
        .toList();
  }

  /** As many floats as one set of blocks of a layer has. */
  private static long blocks() {
    return (long) WIDTH * WIDTH / ACCELERATORS;
  }

  private long stored() throws IOException {
    return floats().stream()
        .filter(tensor -> tensor.getDimsCount() == 2)
        .mapToLong(tensor -> tensor.getDims(0) * tensor.getDims(1))
        .sum();
  }

  /** Layers that read one weight, with a norm between them, so that each is a region. */
  static GraphBuilder apart(int layers) {
    GraphBuilder graph =
        GraphBuilder.opset(17)
            .input("v0", "N", WIDTH)
            .random("w", 1, WIDTH, WIDTH)
            .random("scale", 2, WIDTH);
    for (int i = 0; i < layers; i++) {
      graph
          .node("layer" + i, "MatMul", "v" + i + ", w", "m" + i)
          .node("LayerNormalization", "m" + i + ", scale", "v" + (i + 1));
    }
    return graph.output("v" + layers, "N", WIDTH);
  }

  @Test
  void equalBlocksOfSeveralRegionsAreStoredOnce() throws IOException {
    OptimizationReport report =
        run(apart(4), options().set(PlanningOptions.STRATEGY, Strategy.CONTIGUOUS));
    assertThat(report.regions()).hasSize(4);
    assertThat(stored()).isEqualTo(blocks());
  }

  @Test
  void equalTensorsOfTheOriginalAreStoredOnce() throws IOException {
    run(
        GraphBuilder.opset(17)
            .input("x", "N", WIDTH)
            .random("w", 1, WIDTH, WIDTH)
            .random("same", 1, WIDTH, WIDTH)
            .random("scale", 2, WIDTH)
            .node("one", "MatMul", "x, w", "a")
            .node("LayerNormalization", "a, scale", "b")
            .node("two", "MatMul", "b, same", "y")
            .output("y", "N", WIDTH),
        options().set(PlanningOptions.STRATEGY, Strategy.CONTIGUOUS));
    assertThat(stored()).isEqualTo(blocks());
  }

  @Test
  void smallTensorsMayBeStoredTwice() throws IOException {
    run(
        GraphBuilder.opset(17)
            .input("x", "N", 8)
            .random("w", 1, 8, 8)
            .random("scale", 2, 8)
            .node("one", "MatMul", "x, w", "a")
            .node("LayerNormalization", "a, scale", "b")
            .node("two", "MatMul", "b, w", "y")
            .output("y", "N", 8),
        options()
            .set(SelectionOptions.MIN_BLOCK, 2)
            .set(PlanningOptions.STRATEGY, Strategy.CONTIGUOUS));
    assertThat(stored()).isEqualTo(2 * 8 * 8 / ACCELERATORS);
  }

  private static GraphBuilder embedding() {
    return GraphBuilder.opset(17)
        .input("x", "N", WIDTH)
        .random("w", 1, WIDTH, WIDTH)
        .integers("rows", 3, 1)
        .node("head", "MatMul", "x, w", "y")
        .node("embed", "Gather", "w, rows", "e")
        .output("y", "N", WIDTH)
        .output("e", 2, WIDTH);
  }

  @Test
  void anIncludedLayerOfATiedEmbeddingIsCutWithAWarning() throws IOException {
    OptimizationReport report =
        run(embedding(), options().set(PlanningOptions.STRATEGY, Strategy.CONTIGUOUS));
    assertThat(report.warnings())
        .contains(
            "The weight 'w' stays in the model for Gather 'embed'; the blocks of head add about"
                + " 8,192 bytes to it.");
    assertThat(stored()).isEqualTo(WIDTH * WIDTH + blocks());
  }

  @Test
  void inspectSaysWhichLayersShare() {
    Path shared = apart(3).write(folder.resolve("in.onnx"));
    assertThat(Inspector.inspect(shared, options().build()).sharedWeights())
        .containsExactly(
            new SharedWeight(
                "w", ImmutableList.of("layer0", "layer1", "layer2"), ImmutableList.of()));
    Path tied = embedding().write(folder.resolve("in.onnx"));
    assertThat(Inspector.inspect(tied, options().build()).sharedWeights())
        .containsExactly(
            new SharedWeight("w", ImmutableList.of("head"), ImmutableList.of("Gather 'embed'")));
  }

  /** Identical layers in a row: one region. */
  private static GraphBuilder row(int layers) {
    GraphBuilder graph =
        GraphBuilder.opset(17).input("v0", "N", WIDTH).random("w", 1, WIDTH, WIDTH);
    for (int i = 0; i < layers; i++) {
      graph
          .node("layer" + i, "MatMul", "v" + i + ", w", "m" + i)
          .node("Tanh", "m" + i, "v" + (i + 1));
    }
    return graph.output("v" + layers, "N", WIDTH);
  }

  private static Options.Builder repaired(Repair repair) {
    return options()
        .set(PlanningOptions.CALIBRATION, "random:512")
        .set(RepairOptions.VALIDATION, "random:512")
        .set(RepairOptions.DISTILL_STEPS, 20L)
        .set(RepairOptions.REPAIR, repair);
  }

  @Test
  void layersInARowStoreOneSetOfBlocks() throws IOException {
    OptimizationReport report = run(row(3), options());
    assertThat(report.regions()).hasSize(1);
    assertThat(stored()).isEqualTo(blocks());
  }

  @Test
  void regionsThatShareHaveOnePlan() throws IOException {
    assertThat(run(apart(4), options()).regions()).hasSize(4);
    assertThat(stored()).isEqualTo(blocks());
  }

  /** The same layers behind one that spreads a few inputs: what is dropped can be restored. */
  private static GraphBuilder spread(boolean norms) {
    GraphBuilder graph = GraphBuilder.opset(17).input("x", "N", 4).random("before", 3, 4, WIDTH);
    graph
        .initializer(TensorValues.random("w", 1, 0.2, WIDTH, WIDTH))
        .random("scale", 2, WIDTH)
        .node("spread", "MatMul", "x, before", "v0");
    for (int i = 0; i < 3; i++) {
      graph.node("layer" + i, "MatMul", "v" + i + ", w", "m" + i);
      if (norms) {
        graph.node("LayerNormalization", "m" + i + ", scale", "v" + (i + 1));
      } else {
        graph.node("Tanh", "m" + i, "v" + (i + 1));
      }
    }
    return graph.output("v3", "N", WIDTH);
  }

  @ParameterizedTest
  @CsvSource({
    "LEAST_SQUARES, true",
    "LEAST_SQUARES, false",
    "DISTILL, true",
    "DISTILL, false",
  })
  void repairKeepsOneSetOfBlocks(Repair repair, boolean norms) throws IOException {
    ImmutableList<String> layers = ImmutableList.of("layer*");
    double before =
        error(run(spread(norms), repaired(Repair.NONE).set(SelectionOptions.INCLUDE, layers)));
    double after =
        error(run(spread(norms), repaired(repair).set(SelectionOptions.INCLUDE, layers)));
    assertThat(stored()).isEqualTo(4 * WIDTH + blocks());
    assertThat(after).isLessThan(0.5 * before);
  }

  private static double error(OptimizationReport report) {
    return Objects.requireNonNull(
        Objects.requireNonNull(report.accuracy()).outputs().get(0).relativeError());
  }

  @Test
  void aWeightAndItsTransposeShareBlocks() throws IOException {
    run(
        GraphBuilder.opset(17)
            .input("x", "N", WIDTH)
            .random("w", 1, WIDTH, 2 * WIDTH)
            .node("encode", "MatMul", "x, w", "h")
            .node("Tanh", "h", "i")
            .node("decode", "Gemm", "i, w", "y", Attributes.integer("transB", 1))
            .output("y", "N", WIDTH),
        repaired(Repair.LEAST_SQUARES));
    assertThat(stored()).isEqualTo(2 * blocks());
  }

  @Test
  void aLosslessPlanIsOneToo() throws IOException {
    float[] values = new float[WIDTH * WIDTH];
    for (int i = 0; i < values.length; i++) {
      values[i] = i / WIDTH % 2 == i % WIDTH % 2 ? (i % 7 - 3) / 30f : 0;
    }
    GraphBuilder graph = GraphBuilder.opset(17).input("x", "N", WIDTH);
    graph
        .initializer(TensorValues.floats("w", values, WIDTH, WIDTH))
        .node("one", "MatMul", "x, w", "a")
        .node("Tanh", "a", "b")
        .node("two", "MatMul", "b, w", "y")
        .output("y", "N", WIDTH);
    run(
        graph,
        options()
            .set(PlanningOptions.STRATEGY, Strategy.LOSSLESS)
            .set(RepairOptions.VALIDATION, "random:64"));
    assertThat(stored()).isEqualTo(blocks());
  }

  @Test
  void layersThatReadAWeightInDifferentWaysAreLeftAlone() {
    Path path =
        GraphBuilder.opset(17)
            .input("x", "N", WIDTH)
            .random("w", 1, WIDTH, WIDTH)
            .random("v", 2, WIDTH, WIDTH)
            .node("one", "Gemm", "x, w", "a")
            .node("Tanh", "a", "b")
            .node("two", "Gemm", "b, w", "c", Attributes.number("alpha", 2))
            .node("last", "MatMul", "c, v", "y")
            .output("y", "N", WIDTH)
            .write(folder.resolve("in.onnx"));
    InspectReport report =
        Inspector.inspect(
            path, options().set(SelectionOptions.INCLUDE, ImmutableList.of()).build());
    assertThat(report.layers())
        .extracting(InspectReport.Layer::detail)
        .contains(
            "The layers one, two read the weight 'w' in different ways, so each would need blocks of"
                + " its own; --include cuts the layer.");
  }

  /** A limit that only a cut without loss meets. */
  private static Options.Builder strict() {
    return repaired(Repair.LEAST_SQUARES)
        .set(GateOptions.GATE, true)
        .set(GateOptions.MAX_RELATIVE_ERROR, 1e-4);
  }

  @Test
  void regionsThatShareAreSoftenedTogether() throws IOException {
    OptimizationReport report = run(apart(3), strict());
    assertThat(report.steps()).hasSize(1);
    assertThat(report.steps().get(0).detail())
        .isEqualTo("entry shared, as r0, r1, r2 share a weight");
    assertThat(stored()).isEqualTo(WIDTH * WIDTH);
  }

  @Test
  void regionsThatShareAreTakenBackTogether() {
    GraphBuilder graph = apart(3);
    assertThatThrownBy(() -> run(graph, strict().set(RepairOptions.SOFTEN, Soften.NONE)))
        .isInstanceOfSatisfying(
            GateFailedException.class, failed -> assertThat(failed.report().steps()).hasSize(1));
  }

  @Test
  void layersInARowAreNotSoftenedToUnequalBlocks() {
    GraphBuilder graph = row(3);
    assertThatThrownBy(() -> run(graph, strict()))
        .isInstanceOfSatisfying(
            GateFailedException.class,
            failed ->
                assertThat(failed.report().steps().get(0).tried())
                    .noneMatch(trial -> trial.action().equals("shared")));
  }
}
