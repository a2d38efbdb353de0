package dev.partita.cli.golden;

import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.OperatorSetIdProto;
import dev.partita.onnx.TensorProto.DataType;
import java.util.List;

/** Models with layers outside of the main graph. */
final class BodyModels {

  private static final int OPSET = 18;

  private BodyModels() {}

  /** A layer, and another in the body of a Loop behind it. */
  static GraphBuilder loop() {
    GraphBuilder body = GraphBuilder.opset(OPSET).captured("w");
    body.input("i", DataType.INT64).input("go", DataType.BOOL).input("h", "N", 32);
    body.node("Identity", "go", "goes").node("product", "MatMul", "h, w", "a");
    body.node("Tanh", "a", "next").output("goes", DataType.BOOL).output("next", "N", 32);
    return GraphBuilder.opset(OPSET)
        .input("x", "N", 32)
        .random("v", 1, 32, 32)
        .random("w", 2, 32, 32)
        .integers("trips", 2)
        .node("first", "MatMul", "x, v", "p")
        .node("Softmax", "p", "s", Attributes.integer("axis", -1))
        .node("loop", "Loop", "trips, , s", "y", Attributes.graph("body", body.build().getGraph()))
        .output("y", "N", 32);
  }

  /** Two layers in one branch of an If, and one in the other. */
  static GraphBuilder choice() {
    GraphBuilder deep =
        GraphBuilder.opset(OPSET)
            .captured("x", "w")
            .random("v", 3, 48, 32)
            .node("up", "MatMul", "x, w", "a")
            .node("Relu", "a", "b")
            .node("down", "MatMul", "b, v", "deep")
            .output("deep", "N", 32);
    GraphBuilder flat =
        GraphBuilder.opset(OPSET)
            .captured("x")
            .random("u", 4, 32, 32)
            .node("only", "MatMul", "x, u", "flat")
            .output("flat", "N", 32);
    return GraphBuilder.opset(OPSET)
        .input("x", "N", 32)
        .input("c", DataType.BOOL)
        .random("w", 1, 32, 48)
        .node(
            "if",
            "If",
            "c",
            "y",
            Attributes.graph("then_branch", deep.build().getGraph()),
            Attributes.graph("else_branch", flat.build().getGraph()))
        .output("y", "N", 32);
  }

  /** A function that is called twice and can be inlined, and one of an older operator set. */
  static ModelProto functions() {
    return GraphBuilder.opset(OPSET)
        .domain("own", 1)
        .input("x", "N", 32)
        .random("w", 1, 32, 32)
        .random("v", 2, 32, 32)
        .random("u", 3, 32, 32)
        .random("b", 4, 32)
        .node("first", "own::Layer", "x, w, b", "h")
        .node("second", "own::Layer", "h, v, b", "i")
        .node("third", "own::Older", "i, u, b", "y")
        .output("y", "N", 32)
        .build()
        .toBuilder()
        .addFunctions(function("Layer", OPSET))
        .addFunctions(function("Older", OPSET - 1))
        .build();
  }

  private static FunctionProto function(String name, int opset) {
    return FunctionProto.newBuilder()
        .setDomain("own")
        .setName(name)
        .addAllInput(List.of("x", "weight", "bias"))
        .addOutput("y")
        .addAllNode(
            GraphBuilder.opset(OPSET)
                .captured("x", "weight", "bias")
                .node("product", "MatMul", "x, weight", "h")
                .node("sum", "Add", "h, bias", "a")
                .node("act", "Relu", "a", "y")
                .output("y")
                .build()
                .getGraph()
                .getNodeList())
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
        .build();
  }
}
