package dev.partita.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.ByteString;
import dev.partita.UnsupportedInputException;
import dev.partita.commands.Optimizer;
import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.ModelFile;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.SparseTensorProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorProto.DataType;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.PlanningOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.spi.ProgressListener;
import dev.partita.testing.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a hostile or damaged model can look like, one at a time; much of it was found by fuzzing.
 */
class HostileModelTest {

  @TempDir private Path folder;

  /** Two layers; node 0 is a Gemm, node 1 a Relu, node 2 a MatMul. */
  private static ModelProto model() {
    return GraphBuilder.opset(17)
        .input("x", "N", 8)
        .random("w1", 1, 8, 16)
        .random("b1", 2, 16)
        .random("w2", 3, 16, 8)
        .node("gemm", "Gemm", "x, w1, b1", "h")
        .node("act", "Relu", "h", "r")
        .node("matmul", "MatMul", "r, w2", "y")
        .output("y", "N", 8)
        .build();
  }

  private static ModelProto with(Consumer<GraphProto.Builder> change) {
    ModelProto.Builder changed = model().toBuilder();
    change.accept(changed.getGraphBuilder());
    return changed.build();
  }

  private Attempt attempt(ModelProto model) throws IOException {
    Sandbox sandbox = new Sandbox(Files.createTempDirectory(folder, "box"));
    sandbox.write(model.toByteArray());
    Attempt attempt = Attempt.of(sandbox, 0);
    assertThat(attempt.failure()).as(attempt.behaviour()).isNull();
    return attempt;
  }

  private void refuses(String reason, Consumer<GraphProto.Builder> change) throws IOException {
    refuses(reason, with(change));
  }

  private void refuses(String reason, ModelProto model) throws IOException {
    assertThat(attempt(model).written()).isFalse();
    Path file = Files.write(folder.resolve("refused.onnx"), model.toByteArray());
    assertThatThrownBy(() -> ModelFile.read(file))
        .isInstanceOf(UnsupportedInputException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(reason);
    Files.delete(file);
  }

  @Test
  void theModelItselfIsFine() throws IOException {
    assertThat(attempt(model()).behaviour()).contains("OPTIMIZED 1");
  }

  @Test
  void nodesInACycle() throws IOException {
    refuses("'gemm': it reads 'r', which depends on it", g -> g.getNodeBuilder(0).setInput(2, "r"));
  }

  /** ONNX Runtime opens this, so that it is opened here and means the same. */
  @Test
  void nodesOutOfOrder() throws IOException {
    ModelProto unsorted =
        with(
            graph -> {
              NodeProto first = graph.getNode(0);
              graph.removeNode(0).addNode(first);
            });
    Sandbox sandbox = new Sandbox(folder.resolve("box"));
    sandbox.write(unsorted.toByteArray());
    OptimizationReport report =
        Optimizer.optimize(sandbox.model(), sandbox.output(), oneBranch(), ProgressListener.NONE);
    assertThat(report.outcome()).isEqualTo(OptimizationReport.Outcome.OPTIMIZED);
    ModelProto written = ModelProto.parseFrom(Files.readAllBytes(sandbox.output()));
    Map<String, float[]> inputs = Run.inputs(unsorted, 3, 1);
    float[] expected = Run.outputs(unsorted, inputs, 3, false).get("y");
    assertThat(Run.relativeError(expected, Run.outputs(written, inputs, 3, false).get("y")))
        .isLessThan(1e-6);
  }

  /** Keeps every weight, so that the outputs must be equal. */
  private static Options oneBranch() {
    return Options.builder()
        .set(TargetOptions.ACCELERATORS, 1)
        .set(GateOptions.GATE, false)
        .set(SelectionOptions.MIN_BLOCK, 1)
        .set(SelectionOptions.INCLUDE, ImmutableList.of("*"))
        .set(PlanningOptions.THREADS, 1)
        .build();
  }

  @Test
  void valuesThatNothingMakes() throws IOException {
    refuses(
        "'gemm': it reads 'q', which no node produces", g -> g.getNodeBuilder(0).setInput(0, "q"));
    refuses("graph output 'q'", g -> g.getOutputBuilder(0).setName("q"));
  }

  @Test
  void versionsThatCannotBe() throws IOException {
    for (long version : new long[] {-1, 1L << 40}) {
      ModelProto.Builder model = model().toBuilder();
      model.getOpsetImportBuilder(0).setVersion(version);
      assertThat(attempt(model.build()).behaviour()).contains("operator set");
    }
  }

  @Test
  void namesTakenTwice() throws IOException {
    refuses("'act': it produces 'h'", g -> g.getNodeBuilder(1).setOutput(0, "h"));
    refuses("'act': it produces 'w1'", g -> g.getNodeBuilder(1).setOutput(0, "w1"));
    refuses("'act': it produces 'x'", g -> g.getNodeBuilder(1).setOutput(0, "x"));
    refuses("two initializers", g -> g.addInitializer(g.getInitializer(0)));
    refuses("two graph inputs", g -> g.addInput(g.getInput(0)));
  }

  @Test
  void operatorsWithoutTheirOperands() throws IOException {
    refuses("'matmul': MatMul needs 2 inputs", g -> g.getNodeBuilder(2).clearInput().addInput("r"));
    refuses("'matmul': MatMul needs", g -> g.getNodeBuilder(2).setInput(1, ""));
    refuses("'act': Relu needs", g -> g.getNodeBuilder(1).clearInput());
    refuses("'act': Relu needs", g -> g.getNodeBuilder(1).clearOutput());
    refuses("'act': Relu has more than one output", g -> g.getNodeBuilder(1).addOutput("z"));
  }

  @Test
  void constantsThatCannotBe() throws IOException {
    refuses("impossible shape", g -> g.getInitializerBuilder(0).setDims(0, -1));
    refuses("impossible shape", g -> g.getInitializerBuilder(0).setDims(0, 1L << 62));
    refuses("needs 1024 bytes", g -> g.getInitializerBuilder(0).setDims(0, 16));
    refuses(
        "holds 3", g -> g.getInitializerBuilder(1).setRawData(ByteString.copyFrom(new byte[3])));
    refuses("needs 16 elements", g -> g.getInitializerBuilder(1).clearRawData());
    TensorProto.Builder packed =
        TensorProto.newBuilder().setDataType(DataType.INT32_VALUE).addDims(3).addInt32Data(1);
    refuses(
        "needs 3 elements",
        g ->
            g.addNode(
                0,
                NodeProto.newBuilder()
                    .setOpType("Constant")
                    .addOutput("c")
                    .addAttribute(Attributes.tensor("value", packed.build()))));
  }

  @Test
  void twoBodiesUnderOneName() throws IOException {
    ModelProto.Builder model = loop("MatMul", "h, w").toBuilder();
    NodeProto.Builder node = model.getGraphBuilder().getNodeBuilder(0);
    node.addAttribute(node.getAttribute(0));
    Attempt result = attempt(model.build());
    assertThat(result.written()).isFalse();
    assertThat(result.behaviour()).contains("two attributes");
  }

  @Test
  void aFeatureWiseNodeWithABody() throws IOException {
    ModelProto.Builder model = ModelProto.newBuilder().mergeFrom(loop("MatMul", "h, w"));
    GraphProto body = model.getGraph().getNode(0).getAttribute(0).getG();
    model
        .getGraphBuilder()
        .clearNode()
        .addNode(
            NodeProto.newBuilder().setOpType("MatMul").addInput("x").addInput("w").addOutput("p"))
        .addNode(
            NodeProto.newBuilder()
                .setOpType("Relu")
                .addInput("p")
                .addOutput("y")
                .addAttribute(Attributes.graph("body", body)));
    assertThat(attempt(model.build()).written()).isTrue();
  }

  @Test
  void bodiesThatAreOutOfOrderOrIncomplete() throws IOException {
    ModelProto good = loop("MatMul", "h, w");
    assertThat(attempt(good).written()).isTrue();
    ModelProto.Builder turned = good.toBuilder();
    GraphProto.Builder body =
        turned.getGraphBuilder().getNodeBuilder(0).getAttributeBuilder(0).getGBuilder();
    NodeProto first = body.getNode(1);
    body.setNode(1, body.getNode(2)).setNode(2, first);
    assertThat(attempt(turned.build()).written()).isTrue();
    Attempt missing = attempt(loop("MatMul", "h, nothing"));
    assertThat(missing.behaviour()).contains("which no node produces");
  }

  private static ModelProto loop(String operator, String operands) {
    GraphBuilder body = GraphBuilder.opset(17).captured("w").captured("nothing");
    body.input("i", DataType.INT64).input("go", DataType.BOOL).input("h", "N", 8);
    body.node("Identity", "go", "goes").node(operator, operands, "a");
    body.node("Tanh", "a", "next").output("goes", DataType.BOOL).output("next", "N", 8);
    return GraphBuilder.opset(17)
        .input("x", "N", 8)
        .random("w", 2, 8, 8)
        .integers("trips", 2)
        .node("Loop", "trips, , x", "y", Attributes.graph("body", body.build().getGraph()))
        .output("y", "N", 8)
        .build();
  }

  @Test
  void layersThatContradictEachOther() throws IOException {
    ModelProto model =
        GraphBuilder.opset(17)
            .input("x", "N", 8)
            .random("w1", 1, 8, 16)
            .random("w2", 2, 4, 16)
            .node("MatMul", "x, w1", "a")
            .node("MatMul", "x, w2", "b")
            .node("Add", "a, b", "y")
            .output("y", "N", 16)
            .build();
    assertThat(attempt(model).written()).isFalse();
  }

  @Test
  void biasesThatDoNotFit() throws IOException {
    assertThat(attempt(with(g -> shape(g.getInitializerBuilder(1), 7))).written()).isTrue();
    assertThat(
            attempt(
                    with(
                        g ->
                            shape(
                                g.getInitializerBuilder(1)
                                    .setDataType(DataType.FLOAT16.getNumber()),
                                16,
                                2)))
                .written())
        .isTrue();
  }

  /** A tensor of zeros, with as many bytes as it needs. */
  private static void shape(TensorProto.Builder tensor, int dim, int... width) {
    int bytes = width.length > 0 ? width[0] : 4;
    tensor.clearDims().addDims(dim).setRawData(ByteString.copyFrom(new byte[dim * bytes]));
  }

  @Test
  void rowsWithoutEnd() throws IOException {
    Attempt attempt =
        attempt(
            with(
                g ->
                    g.getInputBuilder(0)
                        .getTypeBuilder()
                        .getTensorTypeBuilder()
                        .getShapeBuilder()
                        .getDimBuilder(0)
                        .setDimValue(Long.MAX_VALUE)));
    assertThat(attempt.written()).isTrue();
  }

  @Test
  void bodiesAsDeepAsTheParserAllows() throws IOException {
    assertThat(attempt(nested(20)).written()).isTrue();
    refuses("not an ONNX model", nested(200));
  }

  private static ModelProto nested(int depth) {
    GraphProto body = GraphProto.newBuilder().setName("innermost").build();
    for (int i = 0; i < depth; i++) {
      NodeProto node =
          NodeProto.newBuilder()
              .setOpType("If")
              .addInput("x")
              .addAttribute(AttributeProto.newBuilder().setName("then_branch").setG(body))
              .build();
      body = GraphProto.newBuilder().setName("g").addNode(node).build();
    }
    NodeProto outermost = body.getNode(0);
    return with(g -> g.addNode(outermost));
  }

  @Test
  void functionsThatCallThemselves() throws IOException {
    ModelProto.Builder model = model().toBuilder();
    model.addFunctions(calling("a", "b")).addFunctions(calling("b", "a"));
    refuses("calls itself", model.build());
    refuses("calls itself", model().toBuilder().addFunctions(calling("a", "a")).build());
  }

  @Test
  void aLongChainOfFunctions() throws IOException {
    ModelProto.Builder model = model().toBuilder();
    for (int i = 0; i < 20_000; i++) {
      model.addFunctions(calling("f" + i, "f" + (i + 1)));
    }
    assertThat(attempt(model.build()).written()).isTrue();
  }

  private static FunctionProto calling(String name, String called) {
    return FunctionProto.newBuilder()
        .setDomain("local")
        .setName(name)
        .addNode(NodeProto.newBuilder().setDomain("local").setOpType(called))
        .build();
  }

  @Test
  void whatIsUnknownIsNoReasonToRefuse() throws IOException {
    ModelProto model =
        GraphBuilder.opset(17)
            .domain("made.up", 3)
            .input("x", "N", 8)
            .random("w1", 1, 8, 16)
            .node("made.up::Nothing", "", "")
            .node("MatMul", "x, w1", "h")
            .node("made.up::MatMul", ", h", "i")
            .node("Dropout", "h", "d, mask")
            .node("Frobnicate", "d, , i", ", y")
            .output("y", "N", 16)
            .build();
    ModelProto odd =
        model.toBuilder()
            .setGraph(
                model.getGraph().toBuilder()
                    .addInitializer(TensorProto.newBuilder().setName("t").setDataType(99))
                    .addSparseInitializer(
                        SparseTensorProto.newBuilder()
                            .setValues(TensorProto.newBuilder().setName("s"))))
            .build();
    assertThat(attempt(odd).written()).isTrue();
    TensorProto.Builder unread = TensorProto.newBuilder().setName("u").setDataType(1).addDims(4);
    assertThat(attempt(with(g -> g.addInitializer(unread))).written()).isTrue();
  }

  @Test
  void aBodyMayReadItsOwnSparseConstants() throws IOException {
    GraphProto body =
        GraphProto.newBuilder()
            .setName("body")
            .addSparseInitializer(
                SparseTensorProto.newBuilder().setValues(TensorProto.newBuilder().setName("s")))
            .addNode(NodeProto.newBuilder().setOpType("Relu").addInput("s").addOutput("o"))
            .build();
    NodeProto branch =
        NodeProto.newBuilder()
            .setOpType("If")
            .addInput("x")
            .addOutput("z")
            .addAttribute(Attributes.graph("then_branch", body))
            .build();
    assertThat(attempt(with(g -> g.addNode(branch))).written()).isTrue();
  }
}
