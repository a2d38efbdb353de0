package dev.partita.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.FunctionInliner.Inlined;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.AttributeProto.AttributeType;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.OperatorSetIdProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorProto.DataType;
import dev.partita.testing.Run;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Small models with functions, and what must hold of them inlined. */
abstract class FunctionModels {

  static final Set<String> PRODUCTS = Set.of("Gemm", "MatMul");
  static final int OPSET = 18;

  /** A function of the domain {@code own} whose nodes are those of a graph. */
  static FunctionProto.Builder function(
      String name, List<String> inputs, List<String> outputs, GraphBuilder body) {
    body.output(outputs.get(0));
    return FunctionProto.newBuilder()
        .setDomain("own")
        .setName(name)
        .addAllInput(inputs)
        .addAllOutput(outputs)
        .addAllNode(body.build().getGraph().getNodeList())
        .addOpsetImport(imported("", OPSET));
  }

  static OperatorSetIdProto imported(String domain, long version) {
    return OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(version).build();
  }

  static GraphBuilder body(String... inputs) {
    return GraphBuilder.opset(OPSET).captured(inputs);
  }

  static GraphBuilder main() {
    return GraphBuilder.opset(OPSET)
        .irVersion(10)
        .domain("own", 1)
        .input("x", "N", 6)
        .random("w", 1, 6, 6)
        .random("b", 2, 6);
  }

  static AttributeProto reference(String name, String to, AttributeType type) {
    return AttributeProto.newBuilder().setName(name).setRefAttrName(to).setType(type).build();
  }

  static FunctionProto.Builder linear() {
    return function(
        "Linear",
        List.of("x", "weight", "bias"),
        List.of("y"),
        body("x", "weight", "bias")
            .node("product", "MatMul", "x, weight", "h")
            .node("sum", "Add", "h, bias", "y"));
  }

  static ModelProto model(GraphBuilder graph, FunctionProto.Builder... functions) {
    ModelProto.Builder model = graph.build().toBuilder();
    Arrays.stream(functions).forEach(model::addFunctions);
    return model.build();
  }

  static Inlined inline(ModelProto model) {
    return FunctionInliner.inline(
        new OnnxModel(model, Path.of("tested.onnx"), 0), PRODUCTS::contains);
  }

  /** Inlines all there is, and holds the outputs of the result against those of the original. */
  static ModelProto check(ModelProto before) {
    ModelProto after = checkSome(before);
    assertThat(after.getFunctionsList()).isEmpty();
    return after;
  }

  static ModelProto checkSome(ModelProto before) {
    return check(before, before);
  }

  /** The same where ONNX Runtime does not take the model, but an equal one in other words. */
  static ModelProto check(ModelProto before, ModelProto inOtherWords) {
    Inlined inlined = inline(before);
    assertThat(inlined.calls()).isNotEmpty();
    ModelProto after = inlined.model().proto();
    ModelCheck.require(inlined.model());
    assertThat(after.getGraph().getInputList()).isEqualTo(before.getGraph().getInputList());
    assertThat(after.getGraph().getOutputList()).isEqualTo(before.getGraph().getOutputList());
    Map<String, float[]> inputs = Run.inputs(before, 5, 3);
    for (boolean optimized : new boolean[] {false, true}) {
      Map<String, float[]> expected = Run.outputs(inOtherWords, inputs, 5, optimized);
      Map<String, float[]> actual = Run.outputs(after, inputs, 5, optimized);
      assertThat(actual.keySet()).isEqualTo(expected.keySet()).isNotEmpty();
      expected.forEach(
          (name, values) ->
              assertThat(Run.relativeError(values, actual.get(name))).as(name).isLessThan(1e-6));
    }
    return after;
  }

  static void leaves(String reason, ModelProto model) {
    Inlined inlined = inline(model);
    assertThat(inlined.model().proto()).isSameAs(model);
    assertThat(inlined.calls()).isEmpty();
    assertThat(inlined.refused()).hasSize(1);
    assertThat(inlined.refused().values().iterator().next()).contains(reason);
  }

  static List<String> operators(GraphProto graph) {
    return graph.getNodeList().stream().map(NodeProto::getOpType).toList();
  }

  static NodeProto node(GraphProto graph, String name) {
    return graph.getNodeList().stream()
        .filter(node -> node.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  static FunctionProto.Builder scaled() {
    return function(
            "Scaled",
            List.of("x", "weight", "bias"),
            List.of("y"),
            body("x", "weight", "bias")
                .node(
                    "product",
                    "Gemm",
                    "x, weight, bias",
                    "y",
                    reference("alpha", "gain", AttributeType.FLOAT),
                    reference("beta", "offset", AttributeType.FLOAT),
                    reference("transB", "turned", AttributeType.INT)))
        .addAttribute("offset")
        .addAttribute("turned")
        .addAttributeProto(Attributes.number("gain", 0.25));
  }

  static GraphBuilder condition(GraphBuilder graph, boolean taken) {
    return graph.initializer(
        TensorProto.newBuilder()
            .setName("c")
            .setDataType(DataType.BOOL_VALUE)
            .addInt32Data(taken ? 1 : 0)
            .build());
  }

  static FunctionProto.Builder gelu() {
    return function(
        "Squash",
        List.of("x"),
        List.of("y"),
        body("x").node("Tanh", "x", "t").node("Mul", "t, x", "y"));
  }

  static FunctionProto.Builder block() {
    return function(
            "Block",
            List.of("x", "w", "b"),
            List.of("y"),
            body("x", "w", "b")
                .node("up", "own::Linear", "x, w, b", "h")
                .node("act", "own::Squash", "h", "a")
                .node("down", "own::Linear", "a, w, b", "y"))
        .addOpsetImport(imported("own", 1));
  }
}
