package dev.partita.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.partita.UnsupportedInputException;
import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.fixtures.TensorValues;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.TensorProto;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is not inlined, and said so. */
class FunctionLimitsTest extends FunctionModels {

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
    leaves("a call omits", model.build());
  }

  @Test
  void anotherVersionOfTheOperators() {
    FunctionProto.Builder older = linear().setOpsetImport(0, imported("", OPSET - 1));
    ModelProto model = model(main().node("own::Linear", "x, w, b", "y").output("y"), older);
    leaves(
        "it uses version 17 of the operators of 'ai.onnx', but the model uses version 18", model);
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
  void whatTheGraphAroundACallWouldHide() {
    ModelProto.Builder model =
        model(main().node("own::Linear", "x, w, b", "y").output("y"), linear()).toBuilder();
    FunctionProto.Builder broken = linear();
    broken.getNodeBuilder(0).setInput(1, "w");
    leaves("it reads 'w', which no node in it produces", model.setFunctions(0, broken).build());
    broken = linear().setOutput(0, "w");
    leaves("no node in it produces its output 'w'", model.setFunctions(0, broken).build());
    broken = linear();
    broken.getNodeBuilder(0).setOutput(0, "x");
    leaves("it produces 'x' twice", model.setFunctions(0, broken).build());
    broken = linear().setInput(2, "x");
    leaves("two inputs of it are called 'x'", model.setFunctions(0, broken).build());
    broken = linear();
    broken
        .getNodeBuilder(0)
        .addAttribute(Attributes.graph("g", body("x").output("x").build().getGraph()));
    leaves("a body in it returns 'x'", model.setFunctions(0, broken).build());
    broken = linear().addAttributeProto(Attributes.graph("g", GraphProto.getDefaultInstance()));
    leaves("an attribute whose default is a graph", model.setFunctions(0, broken).build());
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
      leaves("its domain belongs to the runtime", model.build());
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
  @Tag("slow")
  void functionsThatGrowBeyondMeasure() {
    assertThat(check(doubling(4)).getGraph().getNodeCount()).isEqualTo(32);
    assertThatThrownBy(() -> inline(doubling(40)))
        .isInstanceOf(UnsupportedInputException.class)
        .hasMessageContaining("tested.onnx, function 'f")
        .hasMessageContaining("inlining it would add more than 1000000 nodes");
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
        .hasMessageContaining("inlining functions would nest bodies deeper than 30");
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
}
