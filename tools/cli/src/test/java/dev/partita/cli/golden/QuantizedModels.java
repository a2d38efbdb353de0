package dev.partita.cli.golden;

import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.TensorProto.DataType;

/** Small models whose weights are not float32. */
final class QuantizedModels {

  private static final int K = 32;
  private static final int N = 48;
  private static final int OPSET = 17;

  private QuantizedModels() {}

  /** Float16 throughout. */
  static GraphBuilder half() {
    return GraphBuilder.opset(OPSET)
        .input("x", DataType.FLOAT16, "B", K)
        .initializer(StoredTensors.normal("w", DataType.FLOAT16, 0.3, K, N))
        .initializer(StoredTensors.normal("b", DataType.FLOAT16, 0.3, N))
        .initializer(StoredTensors.normal("v", DataType.FLOAT16, 0.3, N, K))
        .node("first", "Gemm", "x, w, b", "h")
        .node("Relu", "h", "i")
        .node("second", "MatMul", "i, v", "y")
        .output("y", DataType.FLOAT16, "B", K);
  }

  /** What dynamic quantizers make of two layers, with a scale for each output of the first. */
  static GraphBuilder dynamic() {
    GraphBuilder graph = GraphBuilder.opset(OPSET).input("x", "B", K);
    integerProduct(graph, "first", "x", "h", K, N, new long[] {N});
    graph.node("Relu", "h", "r");
    integerProduct(graph, "second", "r", "y", N, K, new long[0]);
    return graph.output("y", "B", K);
  }

  private static void integerProduct(
      GraphBuilder graph, String name, String from, String to, int in, int out, long[] scales) {
    graph
        .initializer(StoredTensors.whole(name + "/q", DataType.INT8, 0, 100, in, out))
        .initializer(StoredTensors.real(name + "/ws", DataType.FLOAT, 0.005, 0.015, scales))
        .initializer(StoredTensors.whole(name + "/wz", DataType.INT8, 0, 5, scales))
        .initializer(StoredTensors.normal(name + "/b", DataType.FLOAT, 0.3, out))
        .node("DynamicQuantizeLinear", from, "%s/a, %s/as, %s/az".replace("%s", name))
        .node(name, "MatMulInteger", "%s/a, %s/q, %s/az, %s/wz".replace("%s", name), name + "/i")
        .node("Cast", name + "/i", name + "/f", Attributes.integer("to", DataType.FLOAT_VALUE))
        .node("Mul", "%s/as, %s/ws".replace("%s", name), name + "/s")
        .node("Mul", "%s/f, %s/s".replace("%s", name), name + "/g")
        .node("Add", "%s/g, %s/b".replace("%s", name), to);
  }

  /** A chain of QLinearMatMul. */
  static GraphBuilder qlinear() {
    return GraphBuilder.opset(OPSET)
        .input("x", DataType.UINT8, "B", K)
        .initializer(StoredTensors.same("one", DataType.FLOAT, 0.02))
        .initializer(StoredTensors.same("zero", DataType.UINT8, 128))
        .initializer(StoredTensors.whole("p", DataType.INT8, 0, 100, K, N))
        .initializer(StoredTensors.real("ps", DataType.FLOAT, 0.005, 0.02, N))
        .initializer(StoredTensors.same("pz", DataType.INT8, 0, N))
        .initializer(StoredTensors.whole("q", DataType.INT8, 0, 100, N, K))
        .initializer(StoredTensors.same("qs", DataType.FLOAT, 0.01))
        .initializer(StoredTensors.same("qz", DataType.INT8, 3))
        .node("first", "QLinearMatMul", "x, one, zero, p, ps, pz, one, zero", "h")
        .node("second", "QLinearMatMul", "h, one, zero, q, qs, qz, one, zero", "y")
        .output("y", DataType.UINT8, "B", K);
  }

  /** Weights that are dequantized, with scales for each output, and a quantized activation. */
  static GraphBuilder dequantized() {
    return GraphBuilder.opset(OPSET)
        .input("x", "B", K)
        .initializer(StoredTensors.whole("q", DataType.INT8, 0, 100, N, K))
        .initializer(StoredTensors.real("s", DataType.FLOAT, 0.005, 0.015, N))
        .initializer(StoredTensors.whole("p", DataType.UINT8, 128, 100, N, K))
        .initializer(StoredTensors.real("ps", DataType.FLOAT, 0.005, 0.015, K))
        .initializer(StoredTensors.whole("pz", DataType.UINT8, 128, 9, K))
        .initializer(StoredTensors.same("as", DataType.FLOAT, 0.05))
        .initializer(StoredTensors.same("az", DataType.UINT8, 128))
        .node("w", "DequantizeLinear", "q, s", "w", Attributes.integer("axis", 0))
        .node("first", "Gemm", "x, w", "h", Attributes.integer("transB", 1))
        .node("QuantizeLinear", "h, as, az", "i")
        .node("DequantizeLinear", "i, as, az", "j")
        .node("v", "DequantizeLinear", "p, ps, pz", "v", Attributes.integer("axis", 1))
        .node("second", "MatMul", "j, v", "y")
        .output("y", "B", K);
  }

  /** MatMulNBits of 4 bits and of 8, with zero points and a bias. */
  static GraphBuilder fewBits() {
    return GraphBuilder.opset(21)
        .domain("com.microsoft", 1)
        .input("x", "B", 64)
        .initializer(StoredTensors.whole("p", DataType.UINT8, 128, 127, N, 4, 8))
        .initializer(StoredTensors.real("ps", DataType.FLOAT, 0.01, 0.1, N, 4))
        .initializer(StoredTensors.whole("pz", DataType.UINT8, 128, 127, N, 2))
        .initializer(StoredTensors.normal("pb", DataType.FLOAT, 0.3, N))
        .initializer(StoredTensors.whole("q", DataType.UINT8, 128, 127, 64, 3, 16))
        .initializer(StoredTensors.real("qs", DataType.FLOAT, 0.001, 0.01, 64, 3))
        .node(
            "first",
            "com.microsoft::MatMulNBits",
            "x, p, ps, pz, , pb",
            "h",
            Attributes.integer("K", 64),
            Attributes.integer("N", N),
            Attributes.integer("bits", 4),
            Attributes.integer("block_size", 16))
        .node("Relu", "h", "i")
        .node(
            "second",
            "com.microsoft::MatMulNBits",
            "i, q, qs",
            "y",
            Attributes.integer("K", N),
            Attributes.integer("N", 64),
            Attributes.integer("bits", 8),
            Attributes.integer("block_size", 16))
        .output("y", "B", 64);
  }
}
