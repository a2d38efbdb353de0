package dev.partita.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.AttributeProto.AttributeType;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.TensorProto.DataType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies in functions, and calls in bodies. */
class FunctionBodiesTest extends FunctionModels {

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
}
