package dev.partita.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.partita.dense.find.SkipReason;
import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.fixtures.TensorValues;
import dev.partita.model.GraphPath;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorProto.DataType;
import dev.partita.testing.FinderTester;
import dev.partita.testing.RewriteTester;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers wherever they may stand; every result is held against the masked original. */
class PlacesTest {

  private static final int BRANCHES = 3;

  private static GraphBuilder body(String... captured) {
    return GraphBuilder.opset(17).captured(captured);
  }

  private static GraphProto graph(GraphBuilder body) {
    return body.build().getGraph();
  }

  private static TensorProto truth(String name, boolean value) {
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(DataType.BOOL_VALUE)
        .addInt32Data(value ? 1 : 0)
        .build();
  }

  private static void check(ModelProto model) {
    RewriteTester.check(new OnnxModel(model, Path.of("placed.onnx"), 0), BRANCHES);
  }

  private static ModelProto rewritten(ModelProto model) {
    return RewriteTester.rewritten(new OnnxModel(model, Path.of("placed.onnx"), 0), BRANCHES);
  }

  private static Set<String> initializers(GraphProto graph) {
    return graph.getInitializerList().stream()
        .map(TensorProto::getName)
        .collect(Collectors.toSet());
  }

  /** Both branches use weights of the main graph, one of them tied, and one of their own. */
  private static ModelProto branching(int ir, boolean taken) {
    GraphBuilder then = body("x", "tied", "bias").irVersion(ir);
    then.node("MatMul", "x, tied", "t1").node("Add", "t1, bias", "t2").node("Relu", "t2", "t");
    GraphBuilder otherwise = body("x", "tied", "alone").irVersion(ir);
    otherwise.node("first", "MatMul", "x, tied", "e1").node("Relu", "e1", "e2");
    otherwise.constant(TensorValues.random("own", 5, 0.5, 12, 12));
    otherwise.node("second", "MatMul", "e2, own", "e3").node("third", "Gemm", "e3, alone", "e");
    return GraphBuilder.opset(17)
        .irVersion(ir)
        .input("x", "N", 12)
        .random("tied", 1, 12, 12)
        .random("bias", 2, 12)
        .random("alone", 3, 12, 12)
        .initializer(truth("c", taken))
        .node(
            "choice",
            "If",
            "c",
            "y",
            Attributes.graph("then_branch", graph(then.output("t", "N", 12))),
            Attributes.graph("else_branch", graph(otherwise.output("e", "N", 12))))
        .node("MatMul", "y, tied", "z")
        .output("z", "N", 12)
        .build();
  }

  @ParameterizedTest
  @CsvSource({"8, true", "8, false", "3, true", "3, false", "10, true"})
  void bothBranchesOfAnIf(int ir, boolean taken) {
    ModelProto model = branching(ir, taken);
    FinderTester.in(model)
        .includingAll()
        .finds(
            "MatMul_1",
            "choice/MatMul_0 choice/Add_1 choice/Relu_2",
            "choice/first choice/Relu_1 choice/second choice/third");
    check(model);
    GraphProto graph = rewritten(model).getGraph();
    assertThat(initializers(graph)).doesNotContain("tied", "bias", "alone").contains("c");
  }

  @Test
  void whatABodyHandsOutClosesNothing() {
    ModelProto model = branching(8, true);
    FinderTester.in(model)
        .leavesAlone("MatMul_1", SkipReason.CLOSING_LAYER)
        .leavesAlone("choice/MatMul_0", SkipReason.TIED_WEIGHT)
        .leavesAlone("choice/first", SkipReason.TIED_WEIGHT)
        .finds("choice/second choice/third");
  }

  @Test
  void aTensorStaysWhileAnotherGraphReadsIt() {
    ModelProto model = branching(8, true);
    ModelProto cut =
        RewriteTester.rewritten(
            new OnnxModel(model, Path.of("placed.onnx"), 0), BRANCHES, "choice/*");
    assertThat(initializers(cut.getGraph())).contains("tied").doesNotContain("bias", "alone");
  }

  private static ModelProto looping(int ir, GraphProto inner) {
    GraphBuilder body = GraphBuilder.opset(17).irVersion(Math.max(ir, 4)).captured("w");
    body.input("i", DataType.INT64).input("go", DataType.BOOL).input("h", "N", 12);
    body.constant(TensorValues.random("v", 4, 0.5, 12, 12));
    body.node("Identity", "go", "goes").node("MatMul", "h, w", "a").node("Relu", "a", "r");
    body.node("MatMul", "r, v", "m").node("Greater", "m, r", "above").node("Identity", "m", "n");
    AttributeProto branch = Attributes.graph("then_branch", inner);
    body.node("ReduceMax", "m", "peak", Attributes.integer("keepdims", 0));
    body.constant(TensorValues.floats("zero", new float[] {0}));
    body.node("Greater", "peak, zero", "high");
    body.node(
        "inner", "If", "high", "next", branch, Attributes.graph("else_branch", identity("n")));
    body.output("goes", DataType.BOOL).output("next", "N", 12).output("r", "N", 12);
    return GraphBuilder.opset(17)
        .irVersion(ir)
        .input("x", "N", 12)
        .random("w", 1, 12, 12)
        .random("u", 6, 12, 12)
        .initializer(TensorValues.integers("trips", new long[] {3}))
        .initializer(truth("c", true))
        .node("loop", "Loop", "trips, c, x", "last, all", Attributes.graph("body", graph(body)))
        .output("last", "N", 12)
        .output("all", 3, "N", 12)
        .build();
  }

  private static GraphProto identity(String value) {
    return graph(body(value).node("Identity", value, "same").output("same", "N", 12));
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 8, 13})
  void aLoopAndAnIfInsideIt(int ir) {
    GraphProto inner =
        graph(
            body("n", "u").node("MatMul", "n, u", "p").node("Tanh", "p", "q").output("q", "N", 12));
    ModelProto model = looping(ir, inner);
    FinderTester.in(model)
        .finds("loop/MatMul_2 loop/Relu_3 loop/MatMul_4", "loop/inner/MatMul_0 loop/inner/Tanh_1");
    check(model);
    ModelProto cut = rewritten(model);
    assertThat(initializers(cut.getGraph())).doesNotContain("w", "u");
    List<NodeProto> nodes =
        GraphPath.all(cut).stream().flatMap(path -> path.in(cut).getNodeList().stream()).toList();
    assertThat(nodes.stream().map(NodeProto::getName)).contains("loop/inner/MatMul_0/branch1");
    assertThat(nodes.stream().flatMap(node -> node.getOutputList().stream()))
        .as("no name hides another")
        .doesNotHaveDuplicates();
  }

  @Test
  void aScan() {
    GraphBuilder body = GraphBuilder.opset(17).captured("w");
    body.input("state", 12).input("row", 12);
    body.constant(TensorValues.integers("axes", new long[] {0}, 1));
    body.node("Unsqueeze", "row, axes", "one").node("MatMul", "one, w", "m");
    body.node("Relu", "m", "r").node("Squeeze", "r, axes", "flat").node("Add", "flat, state", "s");
    body.node("Identity", "s", "seen").output("s", 12).output("seen", 12);
    check(
        GraphBuilder.opset(17)
            .input("x", 4, 12)
            .random("w", 1, 12, 12)
            .random("start", 2, 12)
            .node(
                "Scan",
                "start, x",
                "end, rows",
                Attributes.graph("body", graph(body)),
                Attributes.integer("num_scan_inputs", 1))
            .output("end", 12)
            .output("rows", 4, 12)
            .build());
  }

  @Test
  void whatALoopCarriesIsNoConstant() {
    GraphBuilder body = GraphBuilder.opset(17).captured("x");
    body.input("i", DataType.INT64).input("go", DataType.BOOL).input("carried", 12, 12);
    body.node("Identity", "go", "goes").node("MatMul", "x, carried", "m");
    body.node("MatMul", "m, carried", "next").output("goes", DataType.BOOL).output("next", 12, 12);
    ModelProto model =
        GraphBuilder.opset(17)
            .input("x", 12, 12)
            .random("w", 1, 12, 12)
            .initializer(TensorValues.integers("trips", new long[] {3}))
            .initializer(truth("c", true))
            .node("loop", "Loop", "trips, c, w", "y", Attributes.graph("body", graph(body)))
            .output("y", 12, 12)
            .build();
    FinderTester.in(model).includingAll().leavesAlone("loop/MatMul_1", SkipReason.DYNAMIC_WEIGHT);
  }

  @Test
  void anInitializerOfABodyThatACallerMaySet() {
    ModelProto model = branching(8, true);
    ModelProto open =
        model.toBuilder()
            .setGraph(
                model.getGraph().toBuilder()
                    .addInput(model.getGraph().getInput(0).toBuilder().setName("tied")))
            .build();
    FinderTester.in(open)
        .includingAll()
        .leavesAlone("MatMul_1", SkipReason.OVERRIDABLE_WEIGHT)
        .leavesAlone("choice/MatMul_0", SkipReason.OVERRIDABLE_WEIGHT);
    ModelProto old = branching(3, true);
    assertThat(old.getGraph().getInputList().stream().map(i -> i.getName())).contains("tied");
    FinderTester.in(old).includingAll().region(0);
    check(old);
  }

  @Test
  void oneTensorInTwoLayersAndAnEmbedding() {
    ModelProto model =
        GraphBuilder.opset(17)
            .input("x", "N", 12)
            .random("w", 1, 12, 12)
            .integers("some", 3, 1, 1, 2, 7, 0, 4, 9, 11, 5, 2, 8)
            .node("Gather", "w, some", "rows")
            .node("MatMul", "x, w", "a")
            .node("Relu", "a", "b")
            .node("Gemm", "b, w", "c", Attributes.integer("transB", 1))
            .node("MatMul", "c, rows", "y")
            .output("y", "N", 12)
            .build();
    FinderTester.in(model)
        .includingAll()
        .finds("MatMul_1 Relu_2 Gemm_3")
        .leavesAlone("MatMul_4", SkipReason.COMPUTED_WEIGHT);
    check(model);
    assertThat(initializers(rewritten(model).getGraph())).contains("w");
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26})
  void everyOperatorSet(int opset) {
    check(
        GraphBuilder.opset(opset)
            .input("x", "N", 12)
            .random("w", 1, 12, 20)
            .random("b", 2, 20)
            .random("v", 3, 20, 12)
            .node("Gemm", "x, w, b", "a")
            .node("Relu", "a", "r")
            .node("MatMul", "r, v", "m")
            .node("Softmax", "m", "y", Attributes.integer("axis", 1))
            .output("y", "N", 12)
            .build());
  }

  @ParameterizedTest
  @ValueSource(ints = {14, 27, 1000})
  void aVersionOfTheFutureIsCarriedThrough(int ir) {
    ModelProto.Builder model = branching(8, true).toBuilder().setIrVersion(ir);
    model.getOpsetImportBuilder(0).setVersion(99);
    ModelProto cut = rewritten(model.build());
    assertThat(cut.getIrVersion()).isEqualTo(ir);
    assertThat(cut.getOpsetImportList()).isEqualTo(model.getOpsetImportList());
  }
}
