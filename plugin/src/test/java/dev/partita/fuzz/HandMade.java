package dev.partita.fuzz;

import com.google.common.collect.ImmutableMap;
import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.OperatorSetIdProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorProto.DataType;
import dev.partita.onnx.TrainingInfoProto;

/** Small models with what random ones lack: bodies, functions, quantization, other types. */
final class HandMade {

  private HandMade() {}

  static ImmutableMap<String, ModelProto> models() {
    return ImmutableMap.of(
        "bodies", bodies(),
        "functions", functions(),
        "quantized", quantized(),
        "swiglu", swiglu(),
        "half", half());
  }

  private static GraphBuilder mlp(int opset) {
    return GraphBuilder.opset(opset)
        .input("x", "N", 8)
        .random("w1", 1, 8, 16)
        .random("b1", 2, 16)
        .random("w2", 3, 16, 8);
  }

  private static GraphProto body(String prefix) {
    return GraphBuilder.opset(17)
        .input(prefix + "_in", 1)
        .random(prefix + "_w", 5, 8, 8)
        .input(prefix + "_x", "N", 8)
        .node("MatMul", prefix + "_x, " + prefix + "_w", prefix + "_y")
        .output(prefix + "_y", "N", 8)
        .build()
        .getGraph()
        .toBuilder()
        .clearInput()
        .build();
  }

  private static ModelProto bodies() {
    GraphProto then = body("a");
    return mlp(17)
        .input("c", DataType.BOOL)
        .node("Gemm", "x, w1, b1", "h")
        .node("Relu", "h", "r")
        .node("MatMul", "r, w2", "y")
        .node(
            "If",
            "c",
            "z",
            Attributes.graph("then_branch", then),
            Attributes.graph("else_branch", body("b")))
        .node("Add", "y, z", "s")
        .output("s", "N", 8)
        .build();
  }

  private static ModelProto functions() {
    ModelProto model =
        mlp(17)
            .domain("local", 1)
            .node("MatMul", "x, w1", "h")
            .node("local::Act", "h", "r")
            .node("MatMul", "r, w2", "y")
            .output("y", "N", 8)
            .build();
    FunctionProto function =
        FunctionProto.newBuilder()
            .setName("Act")
            .setDomain("local")
            .addInput("p")
            .addOutput("q")
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
            .addNode(
                NodeProto.newBuilder()
                    .setOpType("MatMul")
                    .addInput("p")
                    .addInput("p")
                    .addOutput("m"))
            .addNode(NodeProto.newBuilder().setOpType("Relu").addInput("m").addOutput("q"))
            .build();
    return model.toBuilder()
        .addFunctions(function)
        .addTrainingInfo(TrainingInfoProto.newBuilder().setAlgorithm(body("t")))
        .build();
  }

  private static ModelProto quantized() {
    return mlp(17)
        .initializer(bytes("q", DataType.INT8, 128, 8, 16))
        .initializer(bytes("zero", DataType.INT8, 1))
        .initializer("scale", new float[] {0.1f})
        .node("DequantizeLinear", "q, scale, zero", "w")
        .node("MatMul", "x, w", "h")
        .node("Relu", "h", "r")
        .node("MatMul", "r, w2", "y")
        .node("DynamicQuantizeLinear", "y", "yq, ys, yz")
        .initializer(bytes("q2", DataType.INT8, 64, 8, 8))
        .node("MatMulInteger", "yq, q2, yz", "i")
        .node("Cast", "i", "f", Attributes.integer("to", DataType.FLOAT.getNumber()))
        .node("Mul", "f, ys", "out")
        .output("out", "N", 8)
        .build();
  }

  private static ModelProto swiglu() {
    return mlp(17)
        .random("w3", 4, 8, 16)
        .node("MatMul", "x, w1", "g")
        .node("MatMul", "x, w3", "u")
        .node("Sigmoid", "g", "s")
        .node("Mul", "g, s", "a")
        .node("Mul", "a, u", "m")
        .node("MatMul", "m, w2", "y")
        .node("Add", "x, y", "out")
        .output("out", "N", 8)
        .build();
  }

  private static ModelProto half() {
    return GraphBuilder.opset(17)
        .input("x", DataType.FLOAT16, "N", 8)
        .initializer(bytes("w1", DataType.FLOAT16, 256, 8, 16))
        .initializer(bytes("w2", DataType.FLOAT16, 256, 16, 8))
        .node("MatMul", "x, w1", "h")
        .node("Relu", "h", "r")
        .node("MatMul", "r, w2", "y")
        .output("y", DataType.FLOAT16, "N", 8)
        .build();
  }

  private static TensorProto bytes(String name, DataType type, int length, long... dims) {
    byte[] values = new byte[length];
    for (int i = 0; i < length; i++) {
      // Small numbers in every type: no exponent is all ones.
      values[i] = (byte) (i * 7 % 50);
    }
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(type.getNumber())
            .setRawData(com.google.protobuf.ByteString.copyFrom(values));
    for (long dim : dims) {
      tensor.addDims(dim);
    }
    return tensor.build();
  }
}
