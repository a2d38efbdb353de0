package dev.partita.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.partita.UnsupportedInputException;
import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.fixtures.TensorValues;
import dev.partita.model.FunctionInliner.Inlined;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.AttributeProto.AttributeType;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.OperatorSetIdProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorProto.DataType;
import dev.partita.onnx.TrainingInfoProto;
import dev.partita.onnx.ValueInfoProto;
import dev.partita.testing.Run;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Functions in the place of their calls; every model runs before and after, to equal outputs. */
class FunctionInlinerTest {

  private static final Set<String> PRODUCTS = Set.of("Gemm", "MatMul");
  private static final int OPSET = 18;

  /** A function of the domain {@code own} whose nodes are those of a graph. */
  private static FunctionProto.Builder function(
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

  private static OperatorSetIdProto imported(String domain, long version) {
    return OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(version).build();
  }

  private static GraphBuilder body(String... inputs) {
    return GraphBuilder.opset(OPSET).captured(inputs);
  }

  private static GraphBuilder main() {
    return GraphBuilder.opset(OPSET)
        .irVersion(10)
        .domain("own", 1)
        .input("x", "N", 6)
        .random("w", 1, 6, 6)
        .random("b", 2, 6);
  }

  private static AttributeProto reference(String name, String to, AttributeType type) {
    return AttributeProto.newBuilder().setName(name).setRefAttrName(to).setType(type).build();
  }

  private static FunctionProto.Builder linear() {
    return function(
        "Linear",
        List.of("x", "weight", "bias"),
        List.of("y"),
        body("x", "weight", "bias")
            .node("product", "MatMul", "x, weight", "h")
            .node("sum", "Add", "h, bias", "y"));
  }

  private static ModelProto model(GraphBuilder graph, FunctionProto.Builder... functions) {
    ModelProto.Builder model = graph.build().toBuilder();
    Arrays.stream(functions).forEach(model::addFunctions);
    return model.build();
  }

  private static Inlined inline(ModelProto model) {
    return FunctionInliner.inline(
        new OnnxModel(model, Path.of("tested.onnx"), 0), PRODUCTS::contains);
  }

  /** Inlines all there is, and holds the outputs of the result against those of the original. */
  private static ModelProto check(ModelProto before) {
    ModelProto after = checkSome(before);
    assertThat(after.getFunctionsList()).isEmpty();
    return after;
  }

  private static ModelProto checkSome(ModelProto before) {
    return check(before, before);
  }

  /** The same where ONNX Runtime does not take the model, but an equal one in other words. */
  private static ModelProto check(ModelProto before, ModelProto inOtherWords) {
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

  private static void leaves(String reason, ModelProto model) {
    Inlined inlined = inline(model);
    assertThat(inlined.model().proto()).isSameAs(model);
    assertThat(inlined.calls()).isEmpty();
    assertThat(inlined.refused()).hasSize(1);
    assertThat(inlined.refused().values().iterator().next()).contains(reason);
  }

  private static List<String> operators(GraphProto graph) {
    return graph.getNodeList().stream().map(NodeProto::getOpType).toList();
  }

  private static NodeProto node(GraphProto graph, String name) {
    return graph.getNodeList().stream()
        .filter(node -> node.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aFunctionThatIsCalledTwice() {
    ModelProto before =
        model(
            main()
                .node("first", "own::Linear", "x, w, b", "h")
                .node("Relu", "h", "r")
                .node("second", "own::Linear", "r, w, b", "y")
                .output("y", "N", 6),
            linear());
    GraphProto after = check(before).getGraph();
    assertThat(operators(after)).containsExactly("MatMul", "Add", "Relu", "MatMul", "Add");
    assertThat(node(after, "first/product").getOutputList()).containsExactly("first/h");
    assertThat(node(after, "second/sum").getInputList()).containsExactly("second/h", "b");
    assertThat(inline(before).calls()).isEqualTo(Map.of("Linear", 2));
  }

  @Test
  void namesThatAreTakenAlready() {
    check(
        model(
            main()
                .node("call", "own::Linear", "x, w, b", "h")
                .node("call/product", "Relu", "h", "call/h")
                .node("a", "own::Linear", "call/h, w, b", "weight")
                .node("b", "own::Linear", "weight, w, b", "bias")
                .node("c", "Add", "bias, h", "y")
                .output("y", "N", 6),
            linear()));
  }

  @Test
  void callsWithoutNamesAndCallsOfTheSameName() {
    ModelProto model =
        model(
            main()
                .node("own::Linear", "x, w, b", "h")
                .node("own::Linear", "h, w, b", "i")
                .node("own::Linear", "i, w, b", "y")
                .output("y", "N", 6),
            linear());
    for (String name : new String[] {"", "same"}) {
      ModelProto.Builder named = model.toBuilder();
      named.getGraphBuilder().getNodeBuilderList().forEach(node -> node.setName(name));
      List<String> names =
          check(named.build(), model).getGraph().getNodeList().stream()
              .map(NodeProto::getName)
              .toList();
      assertThat(names).doesNotHaveDuplicates().doesNotContain("");
    }
  }

  @Test
  void overloadsAreToldApart() {
    FunctionProto.Builder square =
        function(
                "Linear",
                List.of("x", "weight", "bias"),
                List.of("y"),
                body("x", "weight").node("MatMul", "x, weight", "h").node("Mul", "h, h", "y"))
            .setOverload("square");
    ModelProto.Builder model =
        model(
            main()
                .node("first", "own::Linear", "x, w, b", "h")
                .node("second", "own::Linear", "h, w, b", "y")
                .output("y", "N", 6),
            square,
            linear())
            .toBuilder();
    model.getGraphBuilder().getNodeBuilder(1).setOverload("square");
    assertThat(operators(check(model.build()).getGraph()))
        .containsExactly("MatMul", "Add", "MatMul", "Mul");
  }

  @Test
  void theSameNameInAnotherDomainIsNoCall() {
    FunctionProto.Builder other =
        function(
                "Linear",
                List.of("x", "weight", "bias"),
                List.of("y"),
                body("x", "bias").node("Add", "x, bias", "y"))
            .setDomain("other");
    ModelProto after =
        checkSome(
            model(
                main()
                    .domain("other", 1)
                    .node("other::Linear", "x, w, b", "h")
                    .node("own::Linear", "h, w, b", "y")
                    .output("y", "N", 6),
                linear(),
                other));
    assertThat(operators(after.getGraph())).containsExactly("Linear", "MatMul", "Add");
    assertThat(after.getFunctionsList()).containsExactly(other.build());
  }

  private static FunctionProto.Builder scaled() {
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

  @Test
  void attributesByReference() {
    GraphProto after =
        check(
                model(
                    main()
                        .node("plain", "own::Scaled", "x, w, b", "h")
                        .node(
                            "full",
                            "own::Scaled",
                            "h, w, b",
                            "y",
                            Attributes.integer("turned", 1),
                            Attributes.number("offset", 3),
                            Attributes.number("gain", 2))
                        .output("y", "N", 6),
                    scaled()))
            .getGraph();
    assertThat(node(after, "plain/product").getAttributeList())
        .containsExactly(Attributes.number("alpha", 0.25));
    assertThat(node(after, "full/product").getAttributeList())
        .containsExactly(
            Attributes.number("alpha", 2),
            Attributes.number("beta", 3),
            Attributes.integer("transB", 1));
  }

  @Test
  void attributesPassedOnToAnotherFunction() {
    FunctionProto.Builder outer =
        function(
                "Outer",
                List.of("x", "weight", "bias"),
                List.of("y"),
                body("x", "weight", "bias")
                    .node(
                        "inner",
                        "own::Scaled",
                        "x, weight, bias",
                        "h",
                        reference("gain", "factor", AttributeType.FLOAT),
                        reference("offset", "offset", AttributeType.FLOAT))
                    .node("Relu", "h", "y"))
            .addAttribute("factor")
            .addAttribute("offset")
            .addOpsetImport(imported("own", 1));
    GraphProto after =
        check(
                model(
                    main()
                        .node("a", "own::Outer", "x, w, b", "h", Attributes.number("offset", 3))
                        .node("b", "own::Outer", "h, w, b", "y", Attributes.number("factor", 2))
                        .output("y", "N", 6),
                    outer,
                    scaled()))
            .getGraph();
    assertThat(node(after, "a/inner/product").getAttributeList())
        .containsExactly(Attributes.number("alpha", 0.25), Attributes.number("beta", 3));
    assertThat(node(after, "b/inner/product").getAttributeList())
        .containsExactly(Attributes.number("alpha", 2));
  }

  @Test
  void inputsLeftOutInTheMiddleAndAtTheEnd() {
    FunctionProto.Builder clipped =
        function(
            "Clipped",
            List.of("x", "low", "high", "weight", "bias"),
            List.of("y"),
            body("x", "low", "high", "weight", "bias")
                .node("Clip", "x, low, high", "c")
                .node("Gemm", "c, weight, bias", "y"));
    GraphBuilder graph = main().initializer("one", new float[] {1});
    check(
        model(
            graph
                .node("own::Clipped", "x, , one, w", "h")
                .node("own::Clipped", "h, one, , w, b", "i")
                .node("own::Clipped", "i, , , w, ", "y")
                .output("y", "N", 6),
            clipped));
  }

  @Test
  void outputsThatNobodyTakes() {
    FunctionProto.Builder three =
        function(
            "Three",
            List.of("x", "weight"),
            List.of("p", "q", "r"),
            body("x", "weight")
                .node("MatMul", "x, weight", "p")
                .node("Relu", "p", "q")
                .node("Neg", "q", "r"));
    check(
        model(
            main()
                .node("own::Three", "x, w", ", , h")
                .node("own::Three", "h, w", "i, , ")
                .node("own::Three", "i, w", ", y, ")
                .output("y", "N", 6),
            three));
  }

  @Test
  void outputsThatAreInputsOrHandedOutTwice() {
    FunctionProto.Builder through =
        function(
            "Through",
            List.of("x", "weight"),
            List.of("p", "x", "p"),
            body("x", "weight").node("MatMul", "x, weight", "p"));
    GraphBuilder graph =
        main()
            .node("own::Through", "x, w", "p, q, r")
            .node("Add", "p, q", "s")
            .node("own::Through", "s, w", "t, , ")
            .output("q", "N", 6)
            .output("r", "N", 6)
            .output("t", "N", 6);
    FunctionProto.Builder copying =
        function(
            "Through",
            List.of("x", "weight"),
            List.of("p", "x2", "p2"),
            body("x", "weight")
                .node("MatMul", "x, weight", "p")
                .node("Identity", "x", "x2")
                .node("Identity", "p", "p2"));
    ModelProto after = check(model(graph, through), model(graph, copying));
    assertThat(after.getFunctionsList()).isEmpty();
    assertThat(operators(after.getGraph()))
        .containsExactly("MatMul", "Identity", "Identity", "Add", "MatMul");
  }

  @Test
  void anInputHandedOutThatACallLeavesOut() {
    FunctionProto.Builder through =
        function(
            "Through",
            List.of("x", "weight", "extra"),
            List.of("p", "extra"),
            body("x", "weight").node("MatMul", "x, weight", "p"));
    ModelProto.Builder model =
        model(main().node("own::Through", "x, w", "y").output("y", "N", 6), through).toBuilder();
    assertThat(inline(model.build()).calls()).isNotEmpty();
    model.getGraphBuilder().getNodeBuilder(0).addOutput("z");
    leaves("a call leaves out", model.build());
  }

  /** Captures an input and an inner value; both branches and the main graph use the same names. */
  private static FunctionProto.Builder choosing() {
    GraphBuilder then =
        body("h", "bias").node("inner", "Add", "h, bias", "t").node("Relu", "t", "r");
    GraphBuilder otherwise =
        body("h", "x", "weight").random("own", 7, 6).node("inner", "MatMul", "x, weight", "t");
    otherwise.node("Mul", "t, own", "r");
    return function(
        "Choosing",
        List.of("x", "weight", "bias", "c"),
        List.of("y"),
        body("x", "weight", "bias", "c")
            .node("Neg", "x", "h")
            .node(
                "choice",
                "If",
                "c",
                "t0",
                Attributes.graph(
                    "then_branch", then.output("r", "N", 6).shape("t", "N", 6).build().getGraph()),
                Attributes.graph("else_branch", otherwise.output("r", "N", 6).build().getGraph()))
            .node("Add", "t0, h", "y"));
  }

  private static GraphBuilder condition(GraphBuilder graph, boolean taken) {
    return graph.initializer(
        TensorProto.newBuilder()
            .setName("c")
            .setDataType(DataType.BOOL_VALUE)
            .addInt32Data(taken ? 1 : 0)
            .build());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void bodiesInFunctions(boolean taken) {
    GraphProto after =
        check(
                model(
                    condition(main(), taken)
                        .node("Relu", "x", "t")
                        .node("Abs", "t", "r")
                        .node("call", "own::Choosing", "r, w, b, c", "h")
                        .node("again", "own::Choosing", "h, w, b, c", "own")
                        .node("Add", "own, t", "y")
                        .output("y", "N", 6),
                    choosing()))
            .getGraph();
    GraphProto then = node(after, "call/choice").getAttribute(0).getG();
    assertThat(then.getNode(0).getInputList()).containsExactly("call/h", "b");
    assertThat(then.getOutput(0).getName()).startsWith("call/r");
    assertThat(then.getOutput(0).getType().getTensorType().getShape().getDim(0).getDimParam())
        .isEqualTo("call/N");
    assertThat(then.getValueInfo(0).getName()).isEqualTo(then.getNode(0).getOutput(0));
    GraphProto otherwise = node(after, "call/choice").getAttribute(1).getG();
    assertThat(otherwise.getInitializer(0).getName()).isEqualTo("call/own");
  }

  @Test
  void aBodyWhoseNamesHideThoseAroundIt() {
    // The standard forbids it, so that no runtime is asked.
    GraphBuilder hiding = GraphBuilder.opset(OPSET).captured("x").node("Neg", "x", "h");
    FunctionProto.Builder function =
        function(
            "Hiding",
            List.of("x", "weight", "c"),
            List.of("y"),
            body("x", "weight", "c")
                .node("MatMul", "x, weight", "h")
                .node(
                    "choice",
                    "If",
                    "c",
                    "g",
                    Attributes.graph("then_branch", hiding.output("h").build().getGraph()))
                .node("Add", "h, g", "y"));
    GraphProto after =
        inline(
                model(
                    condition(main(), true)
                        .node("call", "own::Hiding", "x, w, c", "y")
                        .output("y", "N", 6),
                    function))
            .model()
            .proto()
            .getGraph();
    assertThat(after.getNode(0).getOutputList()).containsExactly("call/h");
    GraphProto then = after.getNode(1).getAttribute(0).getG();
    assertThat(then.getNode(0).getOutputList()).containsExactly("call/h_2");
    assertThat(then.getOutput(0).getName()).isEqualTo("call/h_2");
    assertThat(after.getNode(2).getInputList()).containsExactly("call/h", "call/g");
  }

  @Test
  void callsInTheBodiesOfIfLoopAndScan() {
    GraphBuilder then = body("x", "w", "b").node("in", "own::Linear", "x, w, b", "t");
    GraphBuilder otherwise = body("x", "w", "b").node("in", "own::Linear", "x, w, b", "e");
    otherwise.node("Neg", "e", "f");
    GraphBuilder loop = body("w", "b").input("i", DataType.INT64).input("go", DataType.BOOL);
    loop.input("h", "N", 6).node("Identity", "go", "goes");
    loop.node("in", "own::Linear", "h, w, b", "next");
    loop.output("goes", DataType.BOOL).output("next", "N", 6);
    GraphBuilder scan = body("w", "b").input("s", 1, 6).input("row", 6);
    scan.node("in", "own::Linear", "s, w, b", "a").node("Tanh", "a", "state");
    scan.node("Add", "state, row", "out").output("state", 1, 6).output("out", 1, 6);
    GraphProto after =
        check(
                model(
                    condition(main(), false)
                        .integers("trips", 3)
                        .random("start", 9, 1, 6)
                        .node(
                            "if",
                            "If",
                            "c",
                            "h",
                            Attributes.graph(
                                "then_branch", then.output("t", "N", 6).build().getGraph()),
                            Attributes.graph(
                                "else_branch", otherwise.output("f", "N", 6).build().getGraph()))
                        .node(
                            "loop",
                            "Loop",
                            "trips, , h",
                            "y",
                            Attributes.graph("body", loop.build().getGraph()))
                        .node(
                            "scan",
                            "Scan",
                            "start, y",
                            "last, z",
                            Attributes.integer("num_scan_inputs", 1),
                            Attributes.graph("body", scan.build().getGraph()))
                        .output("y", "N", 6)
                        .output("z", "N", 1, 6),
                    linear()))
            .getGraph();
    assertThat(operators(node(after, "loop").getAttribute(0).getG()))
        .containsExactly("Identity", "MatMul", "Add");
  }

  @Test
  void aGraphThatACallHandsOver() {
    FunctionProto.Builder function =
        function(
                "Either",
                List.of("x", "weight", "c"),
                List.of("y"),
                body("x", "weight", "c")
                    .node("MatMul", "x, weight", "h")
                    .node(
                        "choice",
                        "If",
                        "c",
                        "g",
                        reference("then_branch", "body", AttributeType.GRAPH),
                        reference("else_branch", "body", AttributeType.GRAPH))
                    .node("Add", "h, g", "y"))
            .addAttribute("body");
    GraphBuilder handed = body("h", "w", "b").node("in", "own::Linear", "h, w, b", "z");
    GraphProto after =
        inline(
                model(
                    condition(main(), true)
                        .node("Neg", "x", "h")
                        .node(
                            "call",
                            "own::Either",
                            "x, w, c",
                            "y",
                            Attributes.graph("body", handed.output("z").build().getGraph()))
                        .output("y", "N", 6),
                    function,
                    linear()))
            .model()
            .proto()
            .getGraph();
    GraphProto then = node(after, "call/choice").getAttribute(0).getG();
    assertThat(then.getNode(0).getInputList()).containsExactly("h", "w");
    assertThat(operators(node(after, "call/choice").getAttribute(1).getG()))
        .containsExactly("MatMul", "Add");
  }

  private static FunctionProto.Builder gelu() {
    return function(
        "Squash",
        List.of("x"),
        List.of("y"),
        body("x").node("Tanh", "x", "t").node("Mul", "t, x", "y"));
  }

  private static FunctionProto.Builder block() {
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

  @Test
  void nestedCallsAndFunctionsWithoutProducts() {
    ModelProto before =
        model(
            main().node("net", "own::Block", "x, w, b", "y").output("y", "N", 6),
            block(),
            gelu(),
            linear());
    ModelProto after = checkSome(before);
    assertThat(operators(after.getGraph()))
        .containsExactly("MatMul", "Add", "Squash", "MatMul", "Add");
    assertThat(after.getFunctionsList()).containsExactly(gelu().build());
    assertThat(node(after.getGraph(), "net/up/product").getInputList()).containsExactly("x", "w");
    assertThat(inline(before).calls()).isEqualTo(Map.of("Block", 1, "Linear", 2));
  }

  @Test
  void nothingToInlineIsTheSameModel() {
    ModelProto model = model(main().node("own::Squash", "x", "y").output("y", "N", 6), gelu());
    Inlined inlined = inline(model);
    assertThat(inlined.model().proto()).isSameAs(model);
    assertThat(inlined.refused()).isEmpty();
  }

  @Test
  void aDomainThatOnlyTheFunctionImports() {
    FunctionProto.Builder function =
        function(
                "Fast",
                List.of("x", "weight"),
                List.of("y"),
                body("x", "weight")
                    .node("MatMul", "x, weight", "h")
                    .node("com.microsoft::FastGelu", "h", "y"))
            .addOpsetImport(imported("com.microsoft", 1));
    ModelProto after = check(model(main().node("own::Fast", "x, w", "y").output("y"), function));
    assertThat(after.getOpsetImportList())
        .containsExactly(imported("", OPSET), imported("own", 1), imported("com.microsoft", 1));
  }

  @Test
  void theDomainOfAFunctionThatIsCalledFromAnother() {
    FunctionProto.Builder other = gelu().setDomain("deep");
    FunctionProto.Builder function =
        function(
                "Fast",
                List.of("x", "weight"),
                List.of("y"),
                body("x", "weight").node("MatMul", "x, weight", "h").node("deep::Squash", "h", "y"))
            .addOpsetImport(imported("deep", 1));
    ModelProto before =
        model(main().node("own::Fast", "x, w", "y").output("y", "N", 6), function, other);
    ModelProto after =
        check(before, before.toBuilder().addOpsetImport(imported("deep", 1)).build());
    assertThat(after.getOpsetImportList()).contains(imported("deep", 1));
  }

  @Test
  void anotherVersionOfTheOperators() {
    FunctionProto.Builder older = linear().setOpsetImport(0, imported("", OPSET - 1));
    ModelProto model = model(main().node("own::Linear", "x, w, b", "y").output("y"), older);
    leaves("it uses version 17 of the operators of 'ai.onnx', and the model version 18", model);
    FunctionProto.Builder spelled = linear().setOpsetImport(0, imported("ai.onnx", OPSET));
    assertThat(inline(model.toBuilder().setFunctions(0, spelled).build()).refused()).isEmpty();
    FunctionProto.Builder unused = linear().addOpsetImport(imported("ai.onnx.ml", 99));
    assertThat(inline(model.toBuilder().setFunctions(0, unused).build()).refused()).isEmpty();
  }

  @Test
  void aCallerOfWhatCannotBeInlinedKeepsTheCall() {
    FunctionProto.Builder older = scaled().setOpsetImport(0, imported("", OPSET - 1));
    FunctionProto.Builder outer =
        function(
                "Outer",
                List.of("x", "weight", "bias"),
                List.of("y"),
                body("x", "weight", "bias")
                    .node("MatMul", "x, weight", "h")
                    .node("inner", "own::Scaled", "h, weight, bias", "y"))
            .addOpsetImport(imported("own", 1));
    ModelProto after =
        checkSome(model(main().node("own::Outer", "x, w, b", "y").output("y"), outer, older));
    assertThat(operators(after.getGraph())).containsExactly("MatMul", "Scaled");
    assertThat(after.getFunctionsList()).containsExactly(older.build());
  }

  @Test
  void aFunctionThatSomethingElseStillCalls() {
    FunctionProto.Builder older = block().setOpsetImport(0, imported("", OPSET));
    older.addInput("x").setName("Odd");
    ModelProto model =
        model(
            main()
                .node("a", "own::Linear", "x, w, b", "h")
                .node("b", "own::Odd", "h, w, b", "y")
                .output("y", "N", 6),
            older,
            gelu(),
            linear());
    Inlined inlined = inline(model);
    assertThat(inlined.refused()).containsOnlyKeys("Odd");
    assertThat(inlined.model().proto().getFunctionsList()).hasSize(3);
    GraphProto training =
        GraphProto.newBuilder()
            .addNode(NodeProto.newBuilder().setDomain("own").setOpType("Linear"))
            .build();
    ModelProto trained =
        model(main().node("own::Linear", "x, w, b", "y").output("y"), linear()).toBuilder()
            .addTrainingInfo(TrainingInfoProto.newBuilder().setAlgorithm(training))
            .build();
    ModelProto after = inline(trained).model().proto();
    assertThat(operators(after.getGraph())).containsExactly("MatMul", "Add");
    assertThat(after.getFunctionsCount()).isEqualTo(1);
    assertThat(after.getTrainingInfoList()).isEqualTo(trained.getTrainingInfoList());
  }

  @Test
  void whatNodesSayOfThemselvesAndTypesOfValues() {
    FunctionProto.Builder said = linear();
    said.getNodeBuilder(0)
        .setDocString("the product")
        .addMetadataProps(StringStringEntryProto.newBuilder().setKey("k").setValue("v"));
    ValueInfoProto type =
        body("h").output("h").shape("h", "M", 6).build().getGraph().getValueInfo(0);
    said.addValueInfo(type).addValueInfo(type.toBuilder().setName("x"));
    said.addValueInfo(type.toBuilder().setName("y")).addValueInfo(type.toBuilder().setName("no"));
    GraphProto after =
        check(model(main().node("call", "own::Linear", "x, w, b", "y").output("y", "N", 6), said))
            .getGraph();
    NodeProto product = node(after, "call/product");
    assertThat(product.getDocString()).isEqualTo("the product");
    assertThat(product.getMetadataProps(0).getValue()).isEqualTo("v");
    assertThat(after.getValueInfoList()).hasSize(1);
    ValueInfoProto declared = after.getValueInfo(0);
    assertThat(declared.getName()).isEqualTo("call/h");
    assertThat(declared.getType().getTensorType().getShape().getDim(0).getDimParam())
        .isEqualTo("call/M");
  }

  @Test
  void whatTheGraphAroundACallWouldHide() {
    ModelProto.Builder model =
        model(main().node("own::Linear", "x, w, b", "y").output("y"), linear()).toBuilder();
    FunctionProto.Builder broken = linear();
    broken.getNodeBuilder(0).setInput(1, "w");
    leaves("it reads 'w', which nothing in it makes", model.setFunctions(0, broken).build());
    broken = linear().setOutput(0, "w");
    leaves("nothing in it makes its output 'w'", model.setFunctions(0, broken).build());
    broken = linear();
    broken.getNodeBuilder(0).setOutput(0, "x");
    leaves("it makes 'x' twice", model.setFunctions(0, broken).build());
    broken = linear().setInput(2, "x");
    leaves("two inputs of it are called 'x'", model.setFunctions(0, broken).build());
    broken = linear();
    broken
        .getNodeBuilder(0)
        .addAttribute(Attributes.graph("g", body("x").output("x").build().getGraph()));
    leaves("a body in it hands out 'x'", model.setFunctions(0, broken).build());
    broken = linear().addAttributeProto(Attributes.graph("g", GraphProto.getDefaultInstance()));
    leaves("an attribute of it is a graph", model.setFunctions(0, broken).build());
    model.setFunctions(0, linear()).addFunctions(linear());
    leaves("another function has the same name", model.build());
  }

  @Test
  void functionsOfTheRuntimesDomains() {
    ModelProto.Builder model =
        model(main().node("own::Linear", "x, w, b", "y").output("y"), linear()).toBuilder();
    for (String domain : new String[] {"", "ai.onnx", "ai.onnx.ml", "com.microsoft"}) {
      model.setFunctions(0, linear().setDomain(domain));
      model.getGraphBuilder().getNodeBuilder(0).setDomain(domain);
      leaves("its domain is one of the runtime's own", model.build());
    }
  }

  @Test
  void callsWithTooManyOperands() {
    ModelProto.Builder model =
        model(main().node("own::Linear", "x, w, b", "y").output("y"), linear()).toBuilder();
    model.getGraphBuilder().getNodeBuilder(0).addInput("x");
    leaves("more inputs or outputs", model.build());
  }

  /** Each function calls the next one twice. */
  private static ModelProto doubling(int depth) {
    GraphBuilder graph = main().node("own::f0", "x, w", "y").output("y", "N", 6);
    FunctionProto.Builder[] functions = new FunctionProto.Builder[depth + 1];
    for (int i = 0; i < depth; i++) {
      String next = "own::f" + (i + 1);
      functions[i] =
          function(
                  "f" + i,
                  List.of("x", "w"),
                  List.of("y"),
                  body("x", "w").node(next, "x, w", "h").node(next, "h, w", "y"))
              .addOpsetImport(imported("own", 1));
    }
    functions[depth] =
        function(
            "f" + depth,
            List.of("x", "w"),
            List.of("y"),
            body("x", "w").node("MatMul", "x, w", "h").node("Tanh", "h", "y"));
    return model(graph, functions);
  }

  @Test
  void functionsThatGrowBeyondMeasure() {
    assertThat(check(doubling(4)).getGraph().getNodeCount()).isEqualTo(32);
    assertThatThrownBy(() -> inline(doubling(40)))
        .isInstanceOf(UnsupportedInputException.class)
        .hasMessageContaining("tested.onnx, function 'f")
        .hasMessageContaining("more than 1000000 nodes");
    OnnxModel small = new OnnxModel(doubling(4), Path.of("tested.onnx"), 0);
    // 31 calls are 30 nodes that are calls again, and 32 that are not.
    assertThat(FunctionInliner.inline(small, PRODUCTS::contains, 62).calls()).hasSize(5);
    assertThatThrownBy(() -> FunctionInliner.inline(small, PRODUCTS::contains, 61))
        .isInstanceOf(UnsupportedInputException.class);
  }

  @Test
  void aLongChainOfFunctions() {
    int length = 20_000;
    ModelProto.Builder model =
        main().node("own::f0", "x, w", "y").output("y", "N", 6).build().toBuilder();
    for (int i = 0; i < length; i++) {
      String operator = i + 1 == length ? "MatMul" : "own::f" + (i + 1);
      model.addFunctions(
          function(
              "f" + i,
              List.of("x", "w"),
              List.of("y"),
              body("x", "w").node(operator, "x, w", "y")));
    }
    GraphProto after = inline(model.build()).model().proto().getGraph();
    assertThat(operators(after)).containsExactly("MatMul");
    assertThat(after.getNode(0).getName().length()).isLessThan(1_000);
  }

  @Test
  void bodiesInBodiesDeeperThanAFileCanHold() {
    ModelProto.Builder model =
        condition(main(), true)
            .node("own::f0", "x, c, w", "y")
            .output("y", "N", 6)
            .build()
            .toBuilder();
    int depth = 40;
    for (int i = 0; i <= depth; i++) {
      GraphBuilder body = body("x", "c", "w");
      if (i == depth) {
        body.node("MatMul", "x, w", "y");
      } else {
        GraphBuilder then = body("x", "c", "w").node("own::f" + (i + 1), "x, c, w", "z");
        GraphProto branch = then.output("z").build().getGraph();
        body.node("If", "c", "y", Attributes.graph("then_branch", branch));
      }
      model.addFunctions(function("f" + i, List.of("x", "c", "w"), List.of("y"), body));
    }
    assertThatThrownBy(() -> inline(model.build()))
        .isInstanceOf(UnsupportedInputException.class)
        .hasMessageContaining("would nest bodies deeper than 30");
  }

  @Test
  void constantsThatWouldBeRepeatedBeyondMeasure() {
    FunctionProto.Builder heavy =
        function(
            "Heavy",
            List.of("x"),
            List.of("y"),
            body("x").constant(TensorValues.random("v", 4, 0.5, 6, 6)).node("MatMul", "x, v", "y"));
    // Never read: what it is said to hold is enough.
    heavy
        .getNodeBuilder(0)
        .getAttributeBuilder(0)
        .getTBuilder()
        .clearRawData()
        .clearFloatData()
        .setDims(0, 20_000)
        .setDims(1, 20_000)
        .setDataLocation(TensorProto.DataLocation.EXTERNAL);
    GraphBuilder graph = main().node("own::Heavy", "x", "h").node("own::Heavy", "h", "y");
    assertThatThrownBy(() -> inline(model(graph.output("y"), heavy)))
        .isInstanceOf(UnsupportedInputException.class)
        .hasMessageContaining("function 'Heavy'")
        .hasMessageContaining("bytes of its constants");
  }

  @Test
  void externalDataOfAFunctionsConstants(@TempDir Path folder) throws Exception {
    float[] weights = new float[36];
    ByteBuffer bytes = ByteBuffer.allocate(4 * weights.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < weights.length; i++) {
      weights[i] = i / 36f - 0.4f;
      bytes.putFloat(weights[i]);
    }
    Files.write(folder.resolve("in.data"), bytes.array());
    FunctionProto.Builder plain =
        function(
            "Heavy",
            List.of("x"),
            List.of("y"),
            body("x")
                .constant(TensorValues.floats("v", weights, 6, 6))
                .node("MatMul", "x, v", "y"));
    GraphBuilder graph =
        main().node("own::Heavy", "x", "h").node("own::Heavy", "h", "y").output("y", "N", 6);
    ModelProto inPlace = model(graph, plain);
    TensorProto.Builder tensor =
        plain.getNodeBuilder(0).getAttributeBuilder(0).getTBuilder().clearRawData();
    tensor.clearFloatData().setDataLocation(TensorProto.DataLocation.EXTERNAL);
    tensor.addExternalData(entry("location", "in.data")).addExternalData(entry("length", "144"));
    Path file = Files.write(folder.resolve("in.onnx"), model(graph, plain).toByteArray());
    OnnxModel read = ModelFile.read(file);
    OnnxModel after = FunctionInliner.inline(read, PRODUCTS::contains).model();
    assertThat(new GraphIndex(after).constant(after.proto().getGraph().getNode(0).getOutput(0)))
        .isNotNull();
    Path target = Files.createDirectory(folder.resolve("out")).resolve("out.onnx");
    try (StagedModel staged = StagedModel.edited(read, after, target)) {
      staged.commit(false);
    }
    assertThat(folder.resolve("out/out.onnx.data")).exists();
    Map<String, float[]> inputs = Run.inputs(inPlace, 5, 3);
    ModelProto written =
        new TensorRewriter(t -> embedded(target, t)).rewrite(ModelFile.read(target).proto());
    assertThat(Run.outputs(written, inputs, 5, false).get("y"))
        .isEqualTo(Run.outputs(inPlace, inputs, 5, false).get("y"));
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  private static TensorProto embedded(Path file, TensorProto tensor) {
    if (!ExternalData.isExternal(tensor)) {
      return tensor;
    }
    ExternalData data = ExternalData.locate(file, tensor);
    try {
      byte[] all = Files.readAllBytes(data.file());
      return tensor.toBuilder()
          .clearExternalData()
          .clearDataLocation()
          .setRawData(
              ByteString.copyFrom(
                  all, Math.toIntExact(data.offset()), Math.toIntExact(data.length())))
          .build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
