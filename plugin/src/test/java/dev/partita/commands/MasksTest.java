package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.UnsupportedInputException;
import dev.partita.UsageException;
import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.Fixtures;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.ElementType;
import dev.partita.model.Scratch;
import dev.partita.model.Tensors;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorProto.DataType;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.RepairOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.Strategy;
import dev.partita.options.TargetOptions;
import dev.partita.report.JsonReport;
import dev.partita.report.schema.MasksReport;
import dev.partita.report.schema.MasksReport.LayerMask;
import dev.partita.report.schema.MasksReport.Orientation;
import dev.partita.report.schema.MasksReport.RegionMasks;
import dev.partita.report.schema.MasksReport.SpaceOrder;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.LayerReport;
import dev.partita.report.schema.OptimizationReport.LayerState;
import dev.partita.report.schema.OptimizationReport.Outcome;
import dev.partita.report.schema.OptimizationReport.SkippedNode;
import dev.partita.spi.ProgressListener;
import dev.partita.testing.MaskedTensors;
import dev.partita.testing.NpzContents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is trained under the masks of a plan is cut without loss, however weights are stored. */
class MasksTest {

  private static final int K = 24;
  private static final int N = 32;
  private static final int ACCELERATORS = 4;
  private static final double TOLERANCE = 1e-5;

  @TempDir private Path folder;

  private static Options.Builder options() {
    return Options.builder()
        .set(TargetOptions.ACCELERATORS, ACCELERATORS)
        .set(SelectionOptions.MIN_BLOCK, 2)
        .set(SelectionOptions.INCLUDE, ImmutableList.of("*"))
        .set(PlanningOptions.THREADS, 2);
  }

  private MasksReport masks(Path model, Options.Builder options) {
    return Masks.write(
        model,
        folder.resolve("masks.npz"),
        options.set(OutputOptions.OVERWRITE, true).build(),
        JsonReport::description,
        ProgressListener.NONE);
  }

  private static List<LayerMask> layers(MasksReport report) {
    return report.regions().stream().flatMap(region -> region.layers().stream()).toList();
  }

  private static List<LayerMask> masked(MasksReport report) {
    return layers(report).stream().filter(layer -> layer.mask() != null).toList();
  }

  private ImmutableMap<String, NpzContents.Array> arrays() throws IOException {
    return NpzContents.read(folder.resolve("masks.npz"));
  }

  /** The model with its weights masked, as training under the masks leaves it. */
  private Path trained(Path model, MasksReport report) throws IOException {
    Map<String, byte[]> masks = new LinkedHashMap<>();
    ImmutableMap<String, NpzContents.Array> arrays = arrays();
    for (LayerMask layer : masked(report)) {
      masks.put(layer.weight(), arrays.get(layer.mask()).bytes());
    }
    ModelProto result = MaskedTensors.apply(ModelProto.parseFrom(Files.readAllBytes(model)), masks);
    return Files.write(folder.resolve("trained.onnx"), result.toByteArray());
  }

  private OptimizationReport lossless(Path model, Options.Builder options) {
    return Optimizer.optimize(
        model,
        folder.resolve("cut.onnx"),
        options
            .set(PlanningOptions.STRATEGY, Strategy.LOSSLESS)
            .set(GateOptions.GATE, false)
            .set(OutputOptions.OVERWRITE, true)
            .set(PlanningOptions.CALIBRATION, null)
            .build(),
        ProgressListener.NONE);
  }

  private double difference(Path before, Path after) {
    return Verification.verify(
            before,
            after,
            Options.builder()
                .set(RepairOptions.VALIDATION, "random:32")
                .set(GateOptions.GATE, false)
                .set(PlanningOptions.THREADS, 2)
                .build(),
            ProgressListener.NONE)
        .outputs()
        .stream()
        .mapToDouble(output -> output.relativeError())
        .max()
        .orElseThrow();
  }

  /** Masks, zeroes and cuts; exactly so many layers must have masks, and all of them be cut. */
  private MasksReport roundTrip(int layers, GraphBuilder graph) throws IOException {
    Path model = graph.write(folder.resolve("model.onnx"));
    MasksReport report = masks(model, options());
    assertThat(masked(report)).as(report.toString()).hasSize(layers);
    assertConsistent(report);
    Path trained = trained(model, report);
    assertThat(difference(model, trained)).as("dropping weights shows").isGreaterThan(1e-2);
    OptimizationReport cut = lossless(trained, options());
    assertThat(cut.outcome()).isEqualTo(Outcome.OPTIMIZED);
    assertThat(
            cut.regions().stream()
                .flatMap(region -> region.layers().stream())
                .filter(layer -> layer.state() == LayerState.CUT)
                .map(LayerReport::name))
        .containsAll(masked(report).stream().map(LayerMask::node).toList());
    assertThat(difference(trained, folder.resolve("cut.onnx"))).isLessThan(TOLERANCE);
    // A model that was not trained under the masks is not cut.
    assertThat(lossless(model, options()).outcome()).isEqualTo(Outcome.UNCHANGED);
    return report;
  }

  /** Masks are what the owners at both ends of a layer say, and nothing else is in the archive. */
  private void assertConsistent(MasksReport report) throws IOException {
    Map<String, NpzContents.Array> left = new LinkedHashMap<>(arrays());
    assertThat(left.remove(MasksReport.DESCRIPTION).text())
        .isEqualTo(JsonReport.description(report));
    for (RegionMasks region : report.regions()) {
      Map<Integer, int[]> owners = new LinkedHashMap<>();
      for (SpaceOrder space : region.spaces()) {
        int[] owner = left.remove(space.owner()).ints();
        int[] order = left.remove(space.order()).ints();
        owners.put(space.id(), owner);
        assertThat(Arrays.stream(order).sorted().toArray())
            .isEqualTo(IntStream.range(0, owner.length).toArray());
        assertThat(IntStream.of(order).map(feature -> owner[feature]).toArray()).isSorted();
        for (int p = 0; p < report.accelerators(); p++) {
          int branch = p;
          assertThat(IntStream.of(owner).filter(o -> o == branch).count())
              .isEqualTo((long) space.blocks().get(p));
        }
      }
      for (LayerMask layer : region.layers()) {
        if (layer.mask() != null) {
          NpzContents.Array mask = left.remove(layer.mask());
          assertThat(mask.type()).isEqualTo("|u1");
          assertThat(mask.shape()).isEqualTo(layer.shape());
          boolean outFirst = layer.orientation() == Orientation.OUT_IN;
          int columns = outFirst ? layer.in() : layer.out();
          long kept = 0;
          for (int i = 0; i < mask.bytes().length; i++) {
            int in = outFirst ? i % columns : i / columns;
            int out = outFirst ? i / columns : i % columns;
            int expected =
                owners.get(layer.inSpace())[in] == owners.get(layer.outSpace())[out] ? 1 : 0;
            assertThat(mask.bytes()[i]).isEqualTo((byte) expected);
            kept += expected;
          }
          assertThat(layer.kept()).isEqualTo(kept);
        }
      }
    }
    assertThat(left).isEmpty();
  }

  private static TensorProto numbers(String name, ElementType format, long... dims) {
    SplittableRandom random = new SplittableRandom(name.hashCode());
    float[] values = new float[(int) Arrays.stream(dims).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextDouble() - 0.5);
    }
    return Tensors.ofNumbers(name, format, values, Scratch.onHeap(), dims);
  }

  private static GraphBuilder graph() {
    return GraphBuilder.opset(17).input("x", "B", K);
  }

  @ParameterizedTest
  @CsvSource({"0, IN_OUT", "1, OUT_IN"})
  void aGemmAsItIsStored(int transB, Orientation orientation) throws IOException {
    MasksReport report =
        roundTrip(
            2,
            graph()
                .random("first.weight", 1, transB == 1 ? N : K, transB == 1 ? K : N)
                .random("first.bias", 2, N)
                .random("second.weight", 3, N, K)
                .node(
                    "first",
                    "Gemm",
                    "x, first.weight, first.bias",
                    "h",
                    Attributes.integer("transB", transB))
                .node("Relu", "h", "i")
                .node("second", "MatMul", "i, second.weight", "y")
                .output("y", "B", K));
    assertThat(layers(report))
        .extracting(
            LayerMask::node,
            LayerMask::weight,
            LayerMask::mask,
            LayerMask::bias,
            LayerMask::orientation)
        .containsExactly(
            tuple("first", "first.weight", "first.weight", "first.bias", orientation),
            tuple("second", "second.weight", "second.weight", null, Orientation.IN_OUT));
  }

  @Test
  void weightsBehindOtherNodes() throws IOException {
    MasksReport report =
        roundTrip(
            3,
            graph()
                .random("turned", 1, N, K)
                .random("heads", 2, N, 4, N / 4)
                .integers("flat", N, N)
                .initializer(numbers("half", ElementType.FLOAT16, K, N))
                .node("Transpose", "turned", "a")
                .node("Reshape", "heads, flat", "b")
                .node("Cast", "half", "wide", Attributes.integer("to", DataType.FLOAT_VALUE))
                .node("Transpose", "wide", "c")
                .node("MatMul", "x, a", "h")
                .node("Tanh", "h", "i")
                .node("MatMul", "i, b", "j")
                .node("Tanh", "j", "k")
                .node("MatMul", "k, c", "y")
                .output("y", "B", K));
    assertThat(layers(report))
        .extracting(LayerMask::weight, LayerMask::shape, LayerMask::orientation)
        .containsExactly(
            tuple("turned", ImmutableList.of((long) N, (long) K), Orientation.OUT_IN),
            tuple("heads", ImmutableList.of((long) N, 4L, N / 4L), Orientation.IN_OUT),
            tuple("half", ImmutableList.of((long) K, (long) N), Orientation.OUT_IN));
  }

  @Test
  void constantsOnTheLeftAndOneByOneConvolutions() throws IOException {
    roundTrip(
        2,
        GraphBuilder.opset(17)
            .input("x", "B", K, 5)
            .random("a", 1, N, K)
            .random("c", 2, K, N)
            .node("MatMul", "a, x", "h")
            .node("Relu", "h", "i")
            .node("MatMul", "c, i", "y")
            .output("y", "B", K, 5));
    MasksReport report =
        roundTrip(
            2,
            GraphBuilder.opset(17)
                .input("x", "B", K, 3, 3)
                .random("down", 1, N, K, 1, 1)
                .random("up", 2, K, N, 1, 1)
                .node("GlobalAveragePool", "x", "g")
                .node("Conv", "g, down", "h")
                .node("Relu", "h", "i")
                .node("Conv", "i, up", "j")
                .node("Sigmoid", "j", "y")
                .output("y", "B", K, 1, 1));
    assertThat(layers(report).get(0).shape()).containsExactly((long) N, (long) K, 1L, 1L);
  }

  @Test
  void constantNodesAndDoublePrecision() throws IOException {
    roundTrip(
        2,
        GraphBuilder.opset(17)
            .input("x", DataType.DOUBLE, "B", K)
            .constant(numbers("w", ElementType.DOUBLE, K, N))
            .initializer(numbers("v", ElementType.DOUBLE, N, K))
            .node("MatMul", "x, w", "h")
            .node("Relu", "h", "i")
            .node("MatMul", "i, v", "y")
            .output("y", DataType.DOUBLE, "B", K));
  }

  private static GraphBuilder loop(String outer, String inner) {
    GraphBuilder body = GraphBuilder.opset(17);
    body.input("i", DataType.INT64).input("go", DataType.BOOL).input("h", "N", N);
    body.random(inner, 5, N, N);
    body.node("Identity", "go", "goes").node("product", "MatMul", "h, " + inner, "a");
    body.node("Tanh", "a", "next").output("goes", DataType.BOOL).output("next", "N", N);
    return GraphBuilder.opset(17)
        .input("x", "N", N)
        .random(outer, 1, N, N)
        .integers("trips", 2)
        .node("first", "MatMul", "x, " + outer, "p")
        .node("Softmax", "p", "s", Attributes.integer("axis", -1))
        .node("loop", "Loop", "trips, , s", "y", Attributes.graph("body", body.build().getGraph()))
        .output("y", "N", N);
  }

  @Test
  void layersInBodies() throws IOException {
    MasksReport report = roundTrip(2, loop("v", "w"));
    assertThat(layers(report)).extracting(LayerMask::node).contains("loop/product");
  }

  @Test
  void tensorsOfOneNameInTwoBodies() throws IOException {
    GraphBuilder[] branches = new GraphBuilder[2];
    for (int i = 0; i < 2; i++) {
      branches[i] =
          GraphBuilder.opset(17)
              .captured("x")
              .random("w", 7 + i, N, N)
              .node("product", "MatMul", "x, w", "a" + i)
              .node("Tanh", "a" + i, "b" + i)
              .output("b" + i, "N", N);
    }
    Path model =
        GraphBuilder.opset(17)
            .input("go", DataType.BOOL)
            .input("x", "N", N)
            .node(
                "if",
                "If",
                "go",
                "y",
                Attributes.graph("then_branch", branches[0].build().getGraph()),
                Attributes.graph("else_branch", branches[1].build().getGraph()))
            .output("y", "N", N)
            .write(folder.resolve("if.onnx"));
    MasksReport report = masks(model, options());
    assertThat(masked(report)).extracting(LayerMask::weight).containsExactly("w", "w");
    assertThat(masked(report)).extracting(LayerMask::mask).containsExactly("w", "partita/mask/0");
    assertConsistent(report);
  }

  @Test
  @Tag("slow")
  void aTrainedClassifierKeepsItsLastLayer() throws IOException {
    Path model = Fixtures.fashionMlp(folder);
    Options.Builder options =
        Options.builder()
            .set(TargetOptions.ACCELERATORS, 8)
            .set(PlanningOptions.CALIBRATION, Fixtures.fashionCalibration(folder).toString())
            .set(PlanningOptions.THREADS, 2);
    MasksReport report = masks(model, options);
    assertConsistent(report);
    assertThat(layers(report)).hasSize(3);
    assertThat(masked(report)).hasSize(2);
    assertThat(layers(report).get(2).mask()).isNull();
    assertThat(layers(report).get(2).kept()).isEqualTo(10240);
    Path trained = trained(model, report);
    OptimizationReport cut =
        lossless(
            trained,
            Options.builder().set(TargetOptions.ACCELERATORS, 8).set(PlanningOptions.THREADS, 2));
    assertThat(cut.regions().get(0).layers())
        .extracting(LayerReport::state)
        .containsExactly(LayerState.CUT, LayerState.CUT, LayerState.WHOLE);
    assertThat(cut.skipped()).isEmpty();
    assertThat(difference(trained, folder.resolve("cut.onnx"))).isLessThan(TOLERANCE);
  }

  @Test
  void oneWeightOutsideTheMasksIsSeen() throws IOException {
    Path model =
        graph()
            .random("w", 1, K, N)
            .random("v", 2, N, K)
            .node("first", "MatMul", "x, w", "h")
            .node("Relu", "h", "i")
            .node("second", "MatMul", "i, v", "y")
            .output("y", "B", K)
            .write(folder.resolve("model.onnx"));
    MasksReport report = masks(model, options());
    Map<String, byte[]> masks = new LinkedHashMap<>();
    for (LayerMask layer : masked(report)) {
      masks.put(layer.weight(), arrays().get(layer.mask()).bytes().clone());
    }
    byte[] second = masks.get("v");
    int at = 0;
    while (second[at] == 1) {
      at++;
    }
    second[at] = 1;
    Path trained =
        Files.write(
            folder.resolve("leaky.onnx"),
            MaskedTensors.apply(ModelProto.parseFrom(Files.readAllBytes(model)), masks)
                .toByteArray());
    assertThat(lossless(trained, options()).skipped())
        .extracting(SkippedNode::node, SkippedNode::reason)
        .containsExactly(tuple("second", "NOT_SEPARABLE"));
  }

  @Test
  void whatIsQuantizedOrTiedIsLeftOutByName() throws IOException {
    Path model =
        graph()
            .random("w", 1, K, N)
            .random("tied", 2, N, N)
            .initializer(numbers("s", ElementType.FLOAT))
            .initializer(
                Tensors.ofNumbers("q", ElementType.INT8, integers(N * N), Scratch.onHeap(), N, N))
            .random("v", 3, N, K)
            .node("free", "MatMul", "x, w", "h")
            .node("Tanh", "h", "i")
            .node("one", "MatMul", "i, tied", "j")
            .node("Tanh", "j", "k")
            .node("two", "MatMul", "k, tied", "l")
            .node("DequantizeLinear", "q, s", "d")
            .node("quantized", "MatMul", "l, d", "m")
            .node("Tanh", "m", "n")
            .node("last", "MatMul", "n, v", "y")
            .output("y", "B", K)
            .write(folder.resolve("model.onnx"));
    MasksReport report = masks(model, options());
    assertThat(masked(report)).extracting(LayerMask::node).containsExactly("free", "last");
    assertThat(report.skipped())
        .extracting(SkippedNode::node, SkippedNode::reason)
        .containsExactly(
            tuple("one", "TIED_WEIGHT"),
            tuple("two", "TIED_WEIGHT"),
            tuple("quantized", "QUANTIZED_WEIGHT"));
    assertConsistent(report);
  }

  private static float[] integers(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = i * 37 % 201 - 100;
    }
    return values;
  }

  @Test
  void aWeightThatIsAnOutputOrReadInABodyIsTied() throws IOException {
    Path output =
        graph()
            .random("w", 1, K, N)
            .node("only", "MatMul", "x, w", "h")
            .node("Tanh", "h", "y")
            .output("y", "B", N)
            .output("w", K, N)
            .write(folder.resolve("output.onnx"));
    assertThatThrownBy(() -> masks(output, options()))
        .isInstanceOf(UnsupportedInputException.class)
        .hasMessageContaining("only (TIED_WEIGHT)");
    GraphBuilder body = GraphBuilder.opset(17).captured("w");
    body.input("i", DataType.INT64).input("go", DataType.BOOL).input("h", "N", N);
    body.node("Identity", "go", "goes").node("inner", "MatMul", "h, w", "a");
    body.node("Tanh", "a", "next").output("goes", DataType.BOOL).output("next", "N", N);
    Path captured =
        GraphBuilder.opset(17)
            .input("x", "N", N)
            .random("w", 1, N, N)
            .integers("trips", 2)
            .node("outer", "MatMul", "x, w", "p")
            .node("Softmax", "p", "s", Attributes.integer("axis", -1))
            .node(
                "loop",
                "Loop",
                "trips, , s",
                "y",
                Attributes.graph("body", body.build().getGraph()))
            .output("y", "N", N)
            .write(folder.resolve("captured.onnx"));
    assertThatThrownBy(() -> masks(captured, options()))
        .hasMessageContaining("outer (TIED_WEIGHT)")
        .hasMessageContaining("loop/inner (TIED_WEIGHT)");
    assertThat(folder.resolve("masks.npz")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"../../w", "a\\w", "partita/layers"})
  void aNameThatIsNoKeyGetsANumber(String name) throws IOException {
    MasksReport report =
        roundTrip(
            1,
            graph()
                .random(name, 1, K, N)
                .node("only", "MatMul", "x, " + name, "h")
                .node("Tanh", "h", "y")
                .output("y", "B", N));
    assertThat(layers(report)).extracting(LayerMask::mask).containsExactly("partita/mask/0");
    assertThat(layers(report)).extracting(LayerMask::weight).containsExactly(name);
  }

  @Test
  void equalRunsGiveEqualBytesWhereverTheModelLies() throws IOException {
    Path model = Fixtures.fashionVgg(folder);
    Path elsewhere = Files.createDirectories(folder.resolve("elsewhere")).resolve("other.onnx");
    Files.copy(model, elsewhere);
    Options.Builder options = Options.builder().set(TargetOptions.ACCELERATORS, 4);
    masks(model, options.set(PlanningOptions.THREADS, 1));
    byte[] first = Files.readAllBytes(folder.resolve("masks.npz"));
    masks(elsewhere, options.set(PlanningOptions.THREADS, 2));
    assertThat(Files.readAllBytes(folder.resolve("masks.npz"))).isEqualTo(first);
  }

  @Test
  void refusesWhatItMustNotReplace() throws IOException {
    Path model = Fixtures.fashionVgg(folder);
    Path there = Files.writeString(folder.resolve("there.npz"), "mine");
    assertThatThrownBy(
            () ->
                Masks.write(
                    model,
                    there,
                    Options.builder().build(),
                    JsonReport::description,
                    ProgressListener.NONE))
        .isInstanceOf(UsageException.class);
    assertThat(there).content().isEqualTo("mine");
    assertThatThrownBy(
            () ->
                Masks.write(
                    model,
                    model,
                    Options.builder().set(OutputOptions.OVERWRITE, true).build(),
                    JsonReport::description,
                    ProgressListener.NONE))
        .isInstanceOf(UsageException.class);
  }

  @Test
  void aModelWithoutALayerToCutIsRefusedWithReasons() {
    Path model =
        graph()
            .random("w", 1, K, 3)
            .node("tiny", "MatMul", "x, w", "h")
            .node("Tanh", "h", "y")
            .output("y", "B", 3)
            .write(folder.resolve("tiny.onnx"));
    assertThatThrownBy(() -> masks(model, options()))
        .isInstanceOf(UnsupportedInputException.class)
        .hasMessageContaining("no layer has a mask")
        .hasMessageContaining("tiny (TOO_SMALL)");
    assertThat(folder.resolve("masks.npz")).doesNotExist();
  }
}
