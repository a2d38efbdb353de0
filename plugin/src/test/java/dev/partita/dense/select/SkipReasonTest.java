package dev.partita.dense.select;

import static dev.partita.fixtures.Attributes.graph;
import static dev.partita.fixtures.Attributes.integer;
import static dev.partita.fixtures.Attributes.integers;
import static dev.partita.fixtures.Attributes.number;

import com.google.protobuf.ByteString;
import dev.partita.dense.find.SkipReason;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.SparseTensorProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorProto.DataType;
import dev.partita.testing.FinderTester;
import dev.partita.testing.PackedProduct;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every reason to leave a product alone, and beside it the nearest product that is cut. */
class SkipReasonTest {

  private static GraphBuilder square() {
    return GraphBuilder.opset(17).input("x", "N", 8).random("w", 1, 8, 8);
  }

  private static FinderTester all(GraphBuilder graph) {
    return FinderTester.in(graph).includingAll();
  }

  @Test
  void anOperandComputedAtRunTimeIsNoWeight() {
    all(square().node("MatMul", "x, w", "y").output("y", "N", 8)).finds("MatMul_0");
    GraphBuilder two = GraphBuilder.opset(17).input("x", "N", 8).input("w", 8, 8);
    all(two.node("MatMul", "x, w", "y").output("y", "N", 8)).leavesAlone(SkipReason.DYNAMIC_WEIGHT);
    GraphBuilder gemm = GraphBuilder.opset(17).input("x", "N", 8).input("w", 8, 8);
    all(gemm.node("Gemm", "x, w", "y").output("y", "N", 8)).leavesAlone(SkipReason.DYNAMIC_WEIGHT);
  }

  @Test
  void aWeightComputedFromConstantsIsTold() {
    all(square()
            .node("Transpose", "w", "t", integers("perm", 1, 0))
            .node("MatMul", "x, t", "y")
            .output("y", "N", 8))
        .finds("MatMul_1");
    all(square().node("Softmax", "w", "t").node("MatMul", "x, t", "y").output("y", "N", 8))
        .leavesAlone(SkipReason.COMPUTED_WEIGHT);
    all(square()
            .input("s", 8, 8)
            .node("Mul", "w, s", "t")
            .node("MatMul", "x, t", "y")
            .output("y", "N", 8))
        .leavesAlone(SkipReason.DYNAMIC_WEIGHT);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 8})
  void aWeightThatIsAnInputCanBeReplacedFromIrFourOn(int ir) {
    ModelProto model = square().node("MatMul", "x, w", "y").output("y", "N", 8).build();
    ModelProto listed =
        model.toBuilder()
            .setIrVersion(ir)
            .setGraph(
                model.getGraph().toBuilder()
                    .addInput(model.getGraph().getInput(0).toBuilder().setName("w")))
            .build();
    FinderTester tester = FinderTester.in(listed).includingAll();
    if (ir < 4) {
      tester.finds("MatMul_0");
    } else {
      tester.leavesAlone(SkipReason.OVERRIDABLE_WEIGHT);
    }
  }

  @Test
  void aBiasComputedAtRunTime() {
    all(square().random("b", 2, 8).node("Gemm", "x, w, b", "y").output("y", "N", 8))
        .finds("Gemm_0");
    all(square().input("b", 8).node("Gemm", "x, w, b", "y").output("y", "N", 8))
        .leavesAlone(SkipReason.DYNAMIC_BIAS);
    all(square().node("Gemm", "x, w, ", "y").output("y", "N", 8)).finds("Gemm_0");
  }

  @Test
  void aWeightOfAnotherType() {
    all(ofType(DataType.FLOAT16)).finds("MatMul_0");
    all(ofType(DataType.UINT16)).leavesAlone(SkipReason.UNSUPPORTED_TYPE);
    all(ofType(DataType.FLOAT8E4M3FN)).leavesAlone(SkipReason.UNSUPPORTED_TYPE);
  }

  @Test
  void aWeightStoredInATypeBlocksOrAFormThatIsNotKnown() {
    all(decoded(DataType.INT8, "scale")).finds("MatMul_1");
    all(decoded(DataType.FLOAT8E4M3FN, "scale")).leavesAlone(SkipReason.UNSUPPORTED_TYPE);
    all(decoded(DataType.INT8, "scale", integer("block_size", 4)))
        .leavesAlone(SkipReason.BLOCKED_WEIGHT);
    all(decoded(DataType.INT8, "computed")).leavesAlone(SkipReason.DYNAMIC_WEIGHT);
    ModelProto plain = square().node("MatMul", "x, w", "y").output("y", "N", 8).build();
    SparseTensorProto sparse =
        SparseTensorProto.newBuilder().setValues(TensorProto.newBuilder().setName("w")).build();
    FinderTester.in(
            plain.toBuilder()
                .setGraph(
                    plain.getGraph().toBuilder().clearInitializer().addSparseInitializer(sparse))
                .build())
        .includingAll()
        .leavesAlone(SkipReason.SPARSE_WEIGHT);
    AttributeProto value =
        AttributeProto.newBuilder().setName("sparse_value").setSparseTensor(sparse).build();
    all(GraphBuilder.opset(17)
            .input("x", "N", 8)
            .node("Constant", "", "w", value)
            .node("MatMul", "x, w", "y")
            .output("y", "N", 8))
        .leavesAlone(SkipReason.SPARSE_WEIGHT);
  }

  private static GraphBuilder decoded(DataType type, String scale, AttributeProto... attributes) {
    TensorProto stored =
        TensorProto.newBuilder()
            .setName("q")
            .setDataType(type.getNumber())
            .addDims(8)
            .addDims(8)
            .setRawData(ByteString.copyFrom(new byte[64]))
            .build();
    return GraphBuilder.opset(21)
        .input("x", "N", 8)
        .initializer(stored)
        .initializer("scale", new float[] {0.1f})
        .input("computed")
        .node("DequantizeLinear", "q, " + scale, "w", attributes)
        .node("MatMul", "x, w", "y")
        .output("y", "N", 8);
  }

  private static GraphBuilder ofType(DataType type) {
    TensorProto weight =
        TensorProto.newBuilder()
            .setName("w")
            .setDataType(type.getNumber())
            .addDims(8)
            .addDims(8)
            .setRawData(ByteString.copyFrom(new byte[128]))
            .build();
    return GraphBuilder.opset(17)
        .input("x", type, "N", 8)
        .initializer(weight)
        .node("MatMul", "x, w", "y")
        .output("y", type, "N", 8);
  }

  @Test
  void aGemmAttributeNobodyKnows() {
    all(square().node("Gemm", "x, w", "y", number("alpha", 2)).output("y", "N", 8)).finds("Gemm_0");
    all(square().node("Gemm", "x, w", "y", number("gamma", 2)).output("y", "N", 8))
        .leavesAlone(SkipReason.UNSUPPORTED_FORM);
  }

  @Test
  void aConstantOnTheLeftOfAVector() {
    all(square().node("MatMul", "w, x", "y").output("y", 8, 8)).finds("MatMul_0");
    all(GraphBuilder.opset(17)
            .input("v", 8)
            .random("w", 1, 8, 8)
            .node("MatMul", "w, v", "y")
            .output("y", 8))
        .leavesAlone(SkipReason.UNSUPPORTED_FORM);
  }

  @ParameterizedTest
  @ValueSource(strings = {"8", "2 8 8", "8 0"})
  void aWeightThatIsNoMatrix(String shape) {
    long[] dims = Arrays.stream(shape.split(" ")).mapToLong(Long::parseLong).toArray();
    all(GraphBuilder.opset(17)
            .input("x", "N", 8)
            .random("w", 1, dims)
            .node("MatMul", "x, w", "y")
            .output("y", "N", 8))
        .leavesAlone(SkipReason.UNSUPPORTED_FORM);
  }

  @Test
  void productsOfOtherKinds() {
    all(GraphBuilder.opset(17)
            .input("x", DataType.UINT8, "N", 8)
            .input("w", DataType.UINT8, 8, 8)
            .node("MatMulInteger", "x, w", "y")
            .output("y", DataType.INT32, "N", 8))
        .leavesAlone(SkipReason.DYNAMIC_WEIGHT);
    all(square()
            .domain("com.microsoft", 1)
            .node("fused", "com.microsoft::FusedMatMul", "x, w", "y")
            .output("y", "N", 8))
        .finds("fused");
    all(square()
            .domain("com.microsoft", 1)
            .node("packed", "com.microsoft::MatMulBnb4", "x, w", "y")
            .output("y", "N", 8))
        .leavesAlone(SkipReason.UNSUPPORTED_FORM);
    all(square().domain("com.acme", 1).node("own", "com.acme::MatMul", "x, w", "y").output("y"))
        .leavesAlone(SkipReason.UNSUPPORTED_FORM);
  }

  private static GraphBuilder packed() {
    GraphBuilder graph = GraphBuilder.opset(17).domain("com.microsoft", 1).input("x", "N", 32);
    return PackedProduct.of(32, 8, 4, 16)
        .with(PackedProduct.Zeros.PACKED)
        .withBias()
        .add(graph, "packed", "x", "y")
        .output("y", "N", 8);
  }

  /** The packed product with one attribute set. */
  private static FinderTester packed(String attribute, long value) {
    ModelProto.Builder model = packed().build().toBuilder();
    NodeProto.Builder node = model.getGraphBuilder().getNodeBuilder(0);
    for (int i = node.getAttributeCount() - 1; i >= 0; i--) {
      if (node.getAttribute(i).getName().equals(attribute)) {
        node.removeAttribute(i);
      }
    }
    node.addAttribute(integer(attribute, value));
    return FinderTester.in(model.build()).includingAll();
  }

  /** The packed product with another input at a place, of which the graph has what it names. */
  private static FinderTester packed(int input, TensorProto constant) {
    ModelProto.Builder model = packed().build().toBuilder();
    model.getGraphBuilder().addInitializer(constant);
    model.getGraphBuilder().getNodeBuilder(0).setInput(input, constant.getName());
    return FinderTester.in(model.build()).includingAll();
  }

  private static FinderTester packedReading(int input, String value) {
    ModelProto.Builder model = packed().build().toBuilder();
    model
        .getGraphBuilder()
        .addInput(model.getGraph().getInput(0).toBuilder().setName("computed"))
        .getNodeBuilder(0)
        .setInput(input, value);
    return FinderTester.in(model.build()).includingAll();
  }

  private static TensorProto other(DataType type, int bytes, long... dims) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName("other")
            .setDataType(type.getNumber())
            .setRawData(ByteString.copyFrom(new byte[bytes]));
    Arrays.stream(dims).forEach(tensor::addDims);
    return tensor.build();
  }

  @Test
  void weightsOfAFewBits() {
    all(packed()).finds("packed");
    packed("accuracy_level", 4).finds("packed");
    packed("weight_prepacked", 0).finds("packed");
    packed("weight_prepacked", 1).leavesAlone(SkipReason.UNSUPPORTED_FORM);
    packed("bits", 3).leavesAlone(SkipReason.UNSUPPORTED_FORM);
    packed("bits", 2).leavesAlone(SkipReason.UNSUPPORTED_FORM);
    packed("block_size", 24).leavesAlone(SkipReason.UNSUPPORTED_FORM);
    packed("block_size", 8).leavesAlone(SkipReason.UNSUPPORTED_FORM);
    packed("block_size", 0).leavesAlone(SkipReason.UNSUPPORTED_FORM);
    packed("block_size", Long.MIN_VALUE).leavesAlone(SkipReason.UNSUPPORTED_FORM);
    packed("K", 33).leavesAlone(SkipReason.UNSUPPORTED_FORM);
    packed("K", Long.MAX_VALUE).leavesAlone(SkipReason.UNSUPPORTED_FORM);
    packed("N", 0).leavesAlone(SkipReason.UNSUPPORTED_FORM);
    packed("N", 7).leavesAlone(SkipReason.UNSUPPORTED_FORM);
    packed("layout", 1).leavesAlone(SkipReason.UNSUPPORTED_FORM);
  }

  @Test
  void whatBelongsToAWeightOfAFewBits() {
    // g_idx, even where it is what the order would be without.
    packed(4, other(DataType.INT32, 128, 32)).leavesAlone(SkipReason.UNSUPPORTED_FORM);
    packed(1, other(DataType.UINT8, 128, 8, 2, 8)).finds("packed");
    packed(1, other(DataType.INT8, 128, 8, 2, 8)).leavesAlone(SkipReason.UNSUPPORTED_TYPE);
    packed(1, other(DataType.UINT8, 128, 8, 16)).leavesAlone(SkipReason.UNSUPPORTED_FORM);
    packed(2, other(DataType.FLOAT, 64, 8, 2)).finds("packed");
    packed(2, other(DataType.FLOAT, 64, 16)).finds("packed");
    packed(2, other(DataType.FLOAT, 64, 2, 8)).leavesAlone(SkipReason.UNSUPPORTED_FORM);
    packed(2, other(DataType.INT32, 64, 8, 2)).leavesAlone(SkipReason.UNSUPPORTED_FORM);
    packed(3, other(DataType.UINT8, 8, 8, 1)).finds("packed");
    packed(3, other(DataType.UINT8, 8, 8)).finds("packed");
    packed(3, other(DataType.FLOAT, 64, 8, 2)).finds("packed");
    packed(3, other(DataType.FLOAT16, 32, 8, 2)).leavesAlone(SkipReason.UNSUPPORTED_FORM);
    packed(3, other(DataType.UINT8, 16, 8, 2)).leavesAlone(SkipReason.UNSUPPORTED_FORM);
    packed(5, other(DataType.FLOAT, 32, 8)).finds("packed");
    packed(5, other(DataType.FLOAT, 32, 1, 8)).leavesAlone(SkipReason.UNSUPPORTED_FORM);
    packedReading(0, "packed/bias").leavesAlone(SkipReason.CONSTANT_PRODUCT);
    packedReading(0, "computed").finds("packed");
    packedReading(1, "computed").leavesAlone(SkipReason.DYNAMIC_WEIGHT);
    packedReading(2, "computed").leavesAlone(SkipReason.UNSUPPORTED_FORM);
    packedReading(2, "").leavesAlone(SkipReason.UNSUPPORTED_FORM);
    packedReading(3, "computed").leavesAlone(SkipReason.UNSUPPORTED_FORM);
    packedReading(3, "").finds("packed");
    packedReading(5, "computed").leavesAlone(SkipReason.DYNAMIC_BIAS);
    packedReading(5, "").finds("packed");
  }

  @Test
  void scalesStoredInAnotherOrder() {
    GraphBuilder graph = GraphBuilder.opset(17).domain("com.microsoft", 1).input("x", "N", 32);
    graph
        .initializer(other(DataType.UINT8, 128, 8, 2, 8))
        .random("s", 1, 2, 8)
        .random("t", 2, 8, 2);
    for (String from : new String[] {"s", "t"}) {
      graph.node(from.equals("s") ? "Transpose" : "Identity", from, from + "/scales");
    }
    for (String from : new String[] {"s", "t"}) {
      graph.node(
          from + "/packed",
          "com.microsoft::MatMulNBits",
          "x, other, " + from + "/scales",
          from + "/y",
          integer("K", 32),
          integer("N", 8),
          integer("bits", 4),
          integer("block_size", 16));
    }
    all(graph.output("s/y").output("t/y"))
        .finds("t/packed")
        .leavesAlone("s/packed", SkipReason.UNSUPPORTED_FORM);
  }

  @Test
  void twoConstants() {
    all(square().random("v", 2, 8, 8).node("MatMul", "v, w", "y").output("y", 8, 8))
        .leavesAlone(SkipReason.CONSTANT_PRODUCT);
    all(square().random("v", 2, 8, 8).node("Gemm", "v, w", "y").output("y", 8, 8))
        .leavesAlone(SkipReason.CONSTANT_PRODUCT);
  }

  @Test
  void fewerOutputsThanBlocksOfTheSmallestSize() {
    GraphBuilder graph = square().node("MatMul", "x, w", "y").output("y", "N", 8);
    all(graph).cuttingFor(2, 4).finds("MatMul_0");
    all(graph).cuttingFor(3, 3).leavesAlone(SkipReason.TOO_SMALL);
    // Not a closing layer.
    GraphBuilder inner =
        square().node("MatMul", "x, w", "h").node("ReduceSum", "h", "y").output("y", 1, 1);
    FinderTester.in(inner).cuttingFor(2, 4).finds("MatMul_0");
    FinderTester.in(inner).cuttingFor(2, 5).leavesAlone(SkipReason.TOO_SMALL);
    // One that closes the graph, and that could not be cut anyway.
    FinderTester.in(graph).cuttingFor(2, 5).leavesAlone(SkipReason.TOO_SMALL);
  }

  @Test
  void aLayerThatClosesTheGraph() {
    GraphBuilder graph =
        square()
            .node("MatMul", "x, w", "h")
            .node("Relu", "h", "r")
            .node("Softmax", "r", "y")
            .output("y", "N", 8);
    FinderTester.in(graph).leavesAlone(SkipReason.CLOSING_LAYER);
    FinderTester.in(graph).including("MatMul_?").finds("MatMul_0 Relu_1");
  }

  @Test
  void excludedAndNotIncluded() {
    GraphBuilder graph =
        square()
            .random("v", 2, 8, 8)
            .node("encoder/first", "MatMul", "x, w", "h")
            .node("LpNormalization", "h", "n")
            .node("decoder/second", "MatMul", "n, v", "s")
            .node("ReduceSum", "s", "y")
            .output("y", 1, 1);
    FinderTester.in(graph).finds("encoder/first", "decoder/second");
    FinderTester.in(graph)
        .excluding("decoder*")
        .finds("encoder/first")
        .leavesAlone("decoder/second", SkipReason.EXCLUDED);
    FinderTester.in(graph)
        .including("*second")
        .finds("decoder/second")
        .leavesAlone("encoder/first", SkipReason.NOT_INCLUDED);
    FinderTester.in(graph)
        .including("*")
        .excluding("*.second", "encoder?first")
        .finds("decoder/second")
        .leavesAlone("encoder/first", SkipReason.EXCLUDED);
  }

  @Test
  void aProductInTheBodyOfAnIfIsSearchedLikeAnyOther() {
    GraphProto inner = square().node("MatMul", "x, w", "y").output("y", "N", 8).build().getGraph();
    GraphProto outer =
        GraphBuilder.opset(17)
            .input("c", DataType.BOOL)
            .node("inner", "If", "c", "z", graph("then_branch", inner))
            .output("z")
            .build()
            .getGraph();
    GraphBuilder one = GraphBuilder.opset(17).input("c", DataType.BOOL);
    all(one.node("outer", "If", "c", "y", graph("else_branch", inner)).output("y"))
        .finds("outer/MatMul_0")
        .excluding("outer/*")
        .leavesAlone("outer/MatMul_0", SkipReason.EXCLUDED);
    GraphBuilder two = GraphBuilder.opset(17).input("c", DataType.BOOL);
    all(two.node("outer", "If", "c", "y", graph("then_branch", outer)).output("y"))
        .finds("outer/inner/MatMul_0");
  }

  @Test
  void aProductInAFunction() {
    ModelProto model =
        square().domain("own", 1).node("call", "own::Layer", "x, w", "y").output("y").build();
    ModelProto withFunction =
        model.toBuilder()
            .addFunctions(
                FunctionProto.newBuilder()
                    .setName("Layer")
                    .setDomain("own")
                    .addNode(
                        NodeProto.newBuilder()
                            .setName("product")
                            .setOpType("MatMul")
                            .addInput("a")
                            .addInput("b")
                            .addOutput("c")))
            .build();
    FinderTester.in(withFunction)
        .leavesAlone(SkipReason.IN_FUNCTION)
        .leavesAlone("Layer/product", SkipReason.IN_FUNCTION);
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 10, 11})
  void aRankNobodyTellsWhereAxesMustBePositive(int opset) {
    GraphBuilder unknown =
        GraphBuilder.opset(opset)
            .input("x", "N", 8)
            .random("w", 1, 8, 8)
            .node("SpaceToDepth", "x", "r", integer("blocksize", 1))
            .node("MatMul", "r, w", "y")
            .output("y", "N", 8);
    if (opset < 11) {
      all(unknown).leavesAlone(SkipReason.UNKNOWN_RANK);
    } else {
      all(unknown).finds("MatMul_1");
    }
    all(unknown.shape("r", "N", 8)).finds("MatMul_1");
  }

  @Test
  void whatAnEarlierRunMade() {
    ModelProto model = square().node("MatMul", "x, w", "y").output("y", "N", 8).build();
    GraphProto.Builder graph = model.getGraph().toBuilder();
    graph
        .getNodeBuilder(0)
        .addMetadataProps(StringStringEntryProto.newBuilder().setKey("other").setValue("MatMul"));
    FinderTester.in(model.toBuilder().setGraph(graph).build()).includingAll().finds("MatMul_0");
    graph
        .getNodeBuilder(0)
        .addMetadataProps(
            StringStringEntryProto.newBuilder().setKey("dev.partita.origin").setValue("MatMul"));
    FinderTester.in(model.toBuilder().setGraph(graph).build())
        .includingAll()
        .leavesAlone(SkipReason.ALREADY_PARTITIONED);
  }
}
