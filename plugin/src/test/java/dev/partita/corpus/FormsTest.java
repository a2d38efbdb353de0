package dev.partita.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;
import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.ElementType;
import dev.partita.model.Scratch;
import dev.partita.model.Tensors;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorProto.DataType;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import dev.partita.testing.PackedProduct;
import dev.partita.testing.PackedProduct.Zeros;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every form of a dense layer, and what may stand in front of its weight or between two, cut into
 * two and three branches and held against the oracle, which does not know how weights are stored.
 */
class FormsTest {

  private static final int K = 12;
  private static final int N = 18;

  @TempDir private Path folder;

  /** Cuts everything in a graph; exactly so many products must be cut, and dropping must show. */
  private void cuts(int products, GraphBuilder graph) throws IOException {
    Path file = graph.write(folder.resolve("model.onnx"));
    for (int accelerators : new int[] {2, 3}) {
      Path outputs = Files.createDirectories(folder.resolve("outputs"));
      CorpusResult result =
          new CorpusCase("model", file, accelerators, FormsTest::batches, outputs).run();
      assertThat(result.problems()).as(result.toString()).isEmpty();
      assertThat(result.cut()).as(result.toString()).isEqualTo(products);
      assertThat(result.effect()).as("dropping weights shows").isGreaterThan(10 * result.limit());
    }
  }

  private static List<ImmutableMap<String, Tensor>> batches(List<TensorDescription> inputs) {
    return DataSet.read("random:4", inputs, /* seed= */ 3).batches(4).stream()
        .map(batch -> batch.inputs())
        .toList();
  }

  private static TensorProto numbers(
      String name, ElementType format, double middle, double spread, long... dims) {
    SplittableRandom random = new SplittableRandom(name.hashCode());
    int size = 1;
    for (long dim : dims) {
      size *= (int) dim;
    }
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (middle + spread * (2 * random.nextDouble() - 1));
    }
    return Tensors.ofNumbers(name, format, values, Scratch.onHeap(), dims);
  }

  private static AttributeProto integer(String name, long value) {
    return Attributes.integer(name, value);
  }

  private static GraphBuilder graph() {
    return GraphBuilder.opset(17).input("x", "B", K).random("w", 1, K, N).random("t", 2, N, K);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 0", "0, 1", "1, 1"})
  void gemm(int transA, int transB) throws IOException {
    GraphBuilder graph = GraphBuilder.opset(17);
    if (transA == 1) {
      graph.input("x", K, 4);
    } else {
      graph.input("x", "B", K);
    }
    cuts(
        1,
        graph
            .random("w", 1, transB == 1 ? N : K, transB == 1 ? K : N)
            .random("c", 2, N)
            .node(
                "Gemm",
                "x, w, c",
                "y",
                integer("transA", transA),
                integer("transB", transB),
                Attributes.number("alpha", 0.5),
                Attributes.number("beta", 2))
            .output("y", "B", N));
  }

  @ParameterizedTest
  @ValueSource(strings = {"K", "B K", "B 2 K", "B 2 3 K", "B 2 1 3 K"})
  void matMulOfAnyRank(String shape) throws IOException {
    Object[] dims = dims(shape, K);
    Object[] made = dims(shape, N);
    cuts(
        1,
        GraphBuilder.opset(17)
            .input("x", dims)
            .random("w", 1, K, N)
            .node("MatMul", "x, w", "y")
            .output("y", made));
  }

  private static Object[] dims(String shape, int last) {
    return Splitter.on(' ').splitToStream(shape).map(word -> dim(word, last)).toArray();
  }

  private static Object dim(String word, int last) {
    return switch (word) {
      case "K" -> last;
      case "B" -> "B";
      default -> Integer.valueOf(word);
    };
  }

  @Test
  void aWeightWithLeadingAxesOfSizeOne() throws IOException {
    cuts(
        1,
        GraphBuilder.opset(17)
            .input("x", "B", 5, K)
            .random("w", 1, 1, K, N)
            .node("MatMul", "x, w", "y")
            .output("y", "B", 5, N));
  }

  @ParameterizedTest
  @ValueSource(strings = {"K 5", "B K 5", "B 2 K 5"})
  void theConstantOnTheLeft(String shape) throws IOException {
    cuts(
        2,
        GraphBuilder.opset(17)
            .input("x", dims(shape, K))
            .random("a", 1, N, K)
            .random("b", 2, N, 1)
            .random("c", 3, K, N)
            .node("MatMul", "a, x", "h")
            .node("Add", "h, b", "i")
            .node("Relu", "i", "j")
            .node("MatMul", "c, j", "y")
            .output("y", dims(shape, K)));
  }

  @ParameterizedTest
  @CsvSource({"0, 0, N 1", "1, 0, N 5", "0, 1, 1 5", "1, 1, 5", "0, 0, 1"})
  void gemmWithTheConstantOnTheLeft(int transA, int transB, String bias) throws IOException {
    long[] shape =
        Splitter.on(' ')
            .splitToStream(bias)
            .mapToLong(word -> word.equals("N") ? N : Long.parseLong(word))
            .toArray();
    GraphBuilder graph = GraphBuilder.opset(17);
    if (transB == 1) {
      graph.input("x", 5, K);
    } else {
      graph.input("x", K, 5);
    }
    cuts(
        2,
        graph
            .random("a", 1, transA == 1 ? K : N, transA == 1 ? N : K)
            .random("c", 2, shape)
            .random("b", 3, K, N)
            .node(
                "Gemm",
                "a, x, c",
                "h",
                integer("transA", transA),
                integer("transB", transB),
                Attributes.number("alpha", 0.5),
                Attributes.number("beta", 2))
            .node("Relu", "h", "i")
            .node("Gemm", "b, i", "y")
            .output("y", K, 5));
  }

  /** What stands between a stored tensor and the product that reads it as {@code [K, N]}. */
  @ParameterizedTest
  @CsvSource({
    "Transpose, t",
    "Identity, w",
    "Transpose Identity, t",
    "Unsqueeze Squeeze, w",
    "Transpose Transpose Transpose, t",
    "Reshape, flat",
    "Reshape, heads",
    "Flatten, heads"
  })
  void weightsBehindShapes(String chain, String stored) throws IOException {
    GraphBuilder graph =
        graph()
            .random("flat", 3, (long) K * N)
            .random("heads", 4, K, 3, N / 3)
            .integers("shape", K, N)
            .integers("axes", 0);
    String at = stored;
    int step = 0;
    for (String operator : Splitter.on(' ').split(chain)) {
      String next = "c" + step++;
      switch (operator) {
        case "Reshape" -> graph.node(operator, at + ", shape", next);
        case "Squeeze", "Unsqueeze" -> graph.node(operator, at + ", axes", next);
        default -> graph.node(operator, at, next);
      }
      at = next;
    }
    cuts(1, graph.node("MatMul", "x, " + at, "y").output("y", "B", N));
  }

  @ParameterizedTest
  @CsvSource({"FLOAT16", "DOUBLE"})
  void otherTypes(ElementType format) throws IOException {
    DataType type = DataType.valueOf(format.name());
    cuts(
        2,
        GraphBuilder.opset(17)
            .input("x", type, "B", K)
            .initializer(numbers("w", format, 0, 0.5, K, N))
            .initializer(numbers("b", format, 0, 0.5, N))
            .initializer(numbers("v", format, 0, 0.5, N, K))
            .node("Gemm", "x, w, b", "h")
            .node("Relu", "h", "i")
            .node("MatMul", "i, v", "y")
            .output("y", type, "B", K));
  }

  @Test
  void weightsStoredInHalfPrecisionAndCast() throws IOException {
    cuts(
        1,
        GraphBuilder.opset(17)
            .input("x", "B", K)
            .initializer(numbers("w", ElementType.FLOAT16, 0, 0.5, N, K))
            .node("Cast", "w", "wide", integer("to", DataType.FLOAT_VALUE))
            .node("Transpose", "wide", "turned")
            .node("MatMul", "x, turned", "y")
            .output("y", "B", N));
  }

  @ParameterizedTest
  @CsvSource({
    "INT8, none, false",
    "INT8, in, false",
    "INT8, out, true",
    "UINT8, none, true",
    "UINT8, in, true",
    "UINT8, out, true"
  })
  void dequantizedWeights(ElementType format, String along, boolean zero) throws IOException {
    double middle = format == ElementType.INT8 ? 0 : 128;
    long[] shape =
        switch (along) {
          case "in" -> new long[] {K};
          case "out" -> new long[] {N};
          default -> new long[0];
        };
    GraphBuilder graph =
        GraphBuilder.opset(17)
            .input("x", "B", K)
            .initializer(numbers("q", format, middle, 100, N, K))
            .initializer(numbers("s", ElementType.FLOAT, 0.01, 0.005, shape))
            .initializer(numbers("z", format, middle, 9, shape))
            .initializer(numbers("bq", ElementType.INT32, 0, 1000, N))
            .initializer(numbers("bs", ElementType.FLOAT, 0.001, 0.0005, N));
    cuts(
        1,
        graph
            .node(
                "DequantizeLinear",
                zero ? "q, s, z" : "q, s",
                "w",
                integer("axis", along.equals("in") ? 1 : 0))
            .node("DequantizeLinear", "bq, bs", "b", integer("axis", 0))
            .node("Gemm", "x, w, b", "y", integer("transB", 1))
            .output("y", "B", N));
  }

  @Test
  void fakeQuantizedWeights() throws IOException {
    cuts(
        1,
        graph()
            .initializer(numbers("s", ElementType.FLOAT, 0.01, 0.005, N))
            .initializer(numbers("z", ElementType.INT8, 0, 0, N))
            .node("QuantizeLinear", "w, s, z", "q", integer("axis", 1))
            .node("DequantizeLinear", "q, s, z", "d", integer("axis", 1))
            .node("MatMul", "x, d", "y")
            .output("y", "B", N));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void quantizedActivationsBetweenLayers(boolean perFeature) throws IOException {
    long[] shape = perFeature ? new long[] {N} : new long[0];
    cuts(
        2,
        graph()
            .initializer(numbers("s", ElementType.FLOAT, 0.02, 0.01, shape))
            .initializer(numbers("z", ElementType.UINT8, 128, 9, shape))
            .node("MatMul", "x, w", "h")
            .node("QuantizeLinear", "h, s, z", "q", integer("axis", -1))
            .node("DequantizeLinear", "q, s, z", "d", integer("axis", -1))
            .node("MatMul", "d, t", "y")
            .output("y", "B", K));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void dynamicallyQuantizedProducts(boolean perOutput) throws IOException {
    cuts(
        1,
        GraphBuilder.opset(17)
            .input("x", "B", K)
            .initializer(numbers("q", ElementType.INT8, 0, 100, K, N))
            .initializer(
                numbers(
                    "ws", ElementType.FLOAT, 0.01, 0.005, perOutput ? new long[] {N} : new long[0]))
            .initializer(
                numbers("wz", ElementType.INT8, 0, 5, perOutput ? new long[] {N} : new long[0]))
            .random("b", 3, N)
            .node("DynamicQuantizeLinear", "x", "a, as, az")
            .node("MatMulInteger", "a, q, az, wz", "i")
            .node("Cast", "i", "f", integer("to", DataType.FLOAT_VALUE))
            .node("Mul", "as, ws", "s")
            .node("Mul", "f, s", "g")
            .node("Add", "g, b", "h")
            .node("Relu", "h", "y")
            .output("y", "B", N));
  }

  @Test
  void chainsOfQLinearMatMul() throws IOException {
    cuts(
        2,
        GraphBuilder.opset(17)
            .input("x", DataType.UINT8, "B", K)
            .initializer(numbers("one", ElementType.FLOAT, 0.02, 0))
            .initializer(numbers("zero", ElementType.UINT8, 128, 0))
            .initializer(numbers("p", ElementType.INT8, 0, 100, K, N))
            .initializer(numbers("ps", ElementType.FLOAT, 0.02, 0.01, N))
            .initializer(numbers("pz", ElementType.INT8, 0, 0, N))
            .initializer(numbers("q", ElementType.INT8, 0, 100, N, K))
            .initializer(numbers("qs", ElementType.FLOAT, 0.02, 0))
            .initializer(numbers("qz", ElementType.INT8, 3, 0))
            .node("QLinearMatMul", "x, one, zero, p, ps, pz, one, zero", "h")
            .node("QLinearMatMul", "h, one, zero, q, qs, qz, one, zero", "y")
            .output("y", DataType.UINT8, "B", K));
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "0, 1", "1, 0"})
  void fusedMatMul(int transA, int transB) throws IOException {
    GraphBuilder graph = GraphBuilder.opset(17).domain("com.microsoft", 1);
    if (transA == 1) {
      graph.input("x", "B", K, 5);
    } else {
      graph.input("x", "B", 5, K);
    }
    cuts(
        1,
        graph
            .random("w", 1, transB == 1 ? N : K, transB == 1 ? K : N)
            .node(
                "fused",
                "com.microsoft::FusedMatMul",
                "x, w",
                "y",
                integer("transA", transA),
                integer("transB", transB),
                Attributes.number("alpha", 0.3))
            .output("y", "B", 5, N));
  }

  private static GraphBuilder packed(ElementType type, Object... dims) {
    return GraphBuilder.opset(21)
        .domain("com.microsoft", 1)
        .input("x", DataType.valueOf(type.name()), dims);
  }

  /** 96 inputs are six blocks of 16 or three of 32. */
  @ParameterizedTest
  @CsvSource({
    "2, 16, ABSENT, false",
    "2, 32, PACKED, true",
    "2, 16, NUMBERS, false",
    "4, 16, ABSENT, true",
    "4, 32, PACKED, false",
    "4, 16, PACKED, true",
    "4, 32, NUMBERS, true",
    "8, 16, PACKED, false",
    "8, 32, ABSENT, true"
  })
  void weightsOfAFewBits(int bits, int blockSize, Zeros zeros, boolean bias) throws IOException {
    for (boolean flat : new boolean[] {false, true}) {
      PackedProduct first = PackedProduct.of(96, 48, bits, blockSize).with(zeros);
      first = flat ? first.flattened() : first;
      GraphBuilder graph = packed(ElementType.FLOAT, "B", 5, 96);
      (bias ? first.withBias() : first).add(graph, "first", "x", "h");
      graph.node("Relu", "h", "i");
      PackedProduct.of(48, 96, bits, 16).with(zeros).add(graph, "second", "i", "y");
      cuts(2, graph.output("y", "B", 5, 96));
    }
  }

  /** The last block has fewer inputs than the others; hidden features are cut in blocks too. */
  @ParameterizedTest
  @CsvSource({"4, 16, 100, ABSENT", "8, 32, 97, PACKED", "2, 16, 81, PACKED", "4, 16, 65, NUMBERS"})
  void weightsOfAFewBitsThatEndWithinABlock(int bits, int blockSize, int size, Zeros zeros)
      throws IOException {
    GraphBuilder graph = packed(ElementType.FLOAT, "B", size);
    PackedProduct.of(size, size, bits, blockSize).with(zeros).add(graph, "first", "x", "h");
    graph.node("Tanh", "h", "i");
    PackedProduct.of(size, 24, bits, blockSize)
        .with(zeros)
        .withBias()
        .add(graph, "second", "i", "y");
    cuts(2, graph.output("y", "B", 24));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 8})
  void weightsOfAFewBitsBesideOthersInHalfPrecision(int bits) throws IOException {
    GraphBuilder graph = packed(ElementType.FLOAT16, "B", 96);
    PackedProduct product = PackedProduct.of(96, 48, bits, 32).with(Zeros.PACKED).withBias();
    product.in(ElementType.FLOAT16).add(graph, "first", "x", "h");
    cuts(
        2,
        graph
            .initializer(numbers("w", ElementType.FLOAT16, 0, 0.5, 48, N))
            .node("Relu", "h", "i")
            .node("MatMul", "i, w", "y")
            .output("y", DataType.FLOAT16, "B", N));
  }

  /** Activations are rounded in blocks as well, none of which is taken apart. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void weightsOfAFewBitsAtAWantedAccuracy(int level) throws IOException {
    GraphBuilder graph = packed(ElementType.FLOAT, "B", 96);
    PackedProduct.of(96, 64, 4, 16).withAccuracy(level).add(graph, "first", "x", "h");
    graph.node("Relu", "h", "i");
    PackedProduct.of(64, 32, 4, 16).withAccuracy(level).add(graph, "second", "i", "y");
    cuts(2, graph.output("y", "B", 32));
  }

  /** One block is too few for two branches, so that each of them reads all of it. */
  @Test
  void fewerBlocksThanBranches() throws IOException {
    GraphBuilder graph = packed(ElementType.FLOAT, "B", K).random("w", 1, K, 64);
    graph.node("MatMul", "x, w", "h").node("Relu", "h", "i");
    PackedProduct.of(64, 32, 4, 64).add(graph, "second", "i", "y");
    cuts(2, graph.output("y", "B", 32));
  }

  @Test
  void operatorsOfOnnxRuntime() throws IOException {
    cuts(
        3,
        graph()
            .domain("com.microsoft", 1)
            .random("b", 3, N)
            .random("c", 4, K)
            .node(
                "fused",
                "com.microsoft::FusedGemm",
                "x, w, b",
                "h",
                Attributes.text("activation", "LeakyRelu"),
                Attributes.number("activation_alpha", 0.2))
            .node("next", "MatMul", "h, t", "i")
            .node("bias", "com.microsoft::BiasGelu", "i, c", "j")
            .node("last", "MatMul", "j, w", "k")
            .node("fast", "com.microsoft::FastGelu", "k, b", "l")
            .node("quick", "com.microsoft::QuickGelu", "l", "y")
            .output("y", "B", N));
  }

  @Test
  void aSqueezeAndExcitationBlock() throws IOException {
    cuts(
        2,
        GraphBuilder.opset(17)
            .input("x", "B", K, 6, 6)
            .random("down", 1, N, K, 1, 1)
            .random("up", 2, K, N, 1, 1)
            .random("b", 3, N)
            .random("c", 4, K)
            .node("GlobalAveragePool", "x", "g")
            .node("Conv", "g, down, b", "h")
            .node("Relu", "h", "i")
            .node("Conv", "i, up, c", "j")
            .node("Sigmoid", "j", "k")
            .node("Mul", "x, k", "y")
            .output("y", "B", K, 6, 6));
  }

  @Test
  void aSqueezeAndExcitationBlockOfOtherNodes() throws IOException {
    cuts(
        2,
        GraphBuilder.opset(17)
            .input("x", "B", K, 6, 6)
            .random("down", 1, N, K, 1, 1)
            .random("up", 2, K, N, 1, 1)
            .random("b", 3, N)
            .node("ReduceMean", "x", "g", Attributes.integers("axes", 2, 3))
            .node("Conv", "g, down, b", "h")
            .node("Sigmoid", "h", "s")
            .node("Mul", "h, s", "i")
            .node("Conv", "i, up", "j")
            .node("HardSigmoid", "j", "k")
            .node("Mul", "x, k", "y")
            .output("y", "B", K, 6, 6));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Flatten", "Reshape", "Squeeze"})
  void aHeadBehindAGlobalPool(String operator) throws IOException {
    cuts(
        2,
        GraphBuilder.opset(17)
            .input("x", "B", K, 6, 6)
            .random("w", 1, N, K, 1, 1)
            .random("v", 2, N, K)
            .integers("open", 0, -1)
            .integers("spatial", 2, 3)
            .shape("g", "B", K, 1, 1)
            .shape("h", "B", N, 1, 1)
            .node("GlobalAveragePool", "x", "g")
            .node("Conv", "g, w", "h")
            .node(
                operator,
                switch (operator) {
                  case "Reshape" -> "h, open";
                  case "Squeeze" -> "h, spatial";
                  default -> "h";
                },
                "f")
            .node("Gemm", "f, v", "y")
            .output("y", "B", K));
  }

  @Test
  void batchNormalizationBetweenLayers() throws IOException {
    cuts(
        2,
        graph()
            .initializer(numbers("scale", ElementType.FLOAT, 1, 0.5, N))
            .initializer(numbers("shift", ElementType.FLOAT, 0, 0.5, N))
            .initializer(numbers("mean", ElementType.FLOAT, 0, 0.5, N))
            .initializer(numbers("variance", ElementType.FLOAT, 1, 0.5, N))
            .node("Gemm", "x, w", "h")
            .node("BatchNormalization", "h, scale, shift, mean, variance", "i")
            .node("Relu", "i", "j")
            .node("Gemm", "j, t", "y")
            .output("y", "B", K));
  }

  /** Between a product of shape [B, 5, N] and one that reduces N. */
  @ParameterizedTest
  @ValueSource(strings = {"Reshape", "Transpose", "Unsqueeze", "Flatten"})
  void shapesBetweenLayers(String operator) throws IOException {
    GraphBuilder graph =
        GraphBuilder.opset(17)
            .input("x", 4, 5, K)
            .random("w", 1, K, N)
            .random("v", 2, N, K)
            .integers("rows", -1, N)
            .integers("axes", 1)
            .node("MatMul", "x, w", "h");
    AttributeProto[] attributes =
        switch (operator) {
          case "Transpose" -> new AttributeProto[] {Attributes.integers("perm", 1, 0, 2)};
          case "Flatten" -> new AttributeProto[] {integer("axis", 2)};
          default -> new AttributeProto[0];
        };
    String inputs =
        switch (operator) {
          case "Reshape" -> "h, rows";
          case "Unsqueeze" -> "h, axes";
          default -> "h";
        };
    cuts(
        2,
        graph
            .node(operator, inputs, "i", attributes)
            .node("Tanh", "i", "j")
            .node("MatMul", "j, v", "k")
            .node("ReduceSum", "k", "y", integer("keepdims", 0))
            .output("y"));
  }

  @Test
  void aTransposeThatMovesTheFeatures() throws IOException {
    cuts(
        2,
        GraphBuilder.opset(17)
            .input("x", "B", 5, K)
            .random("w", 1, K, N)
            .random("c", 2, K, N)
            .node("MatMul", "x, w", "h")
            .node("Transpose", "h", "i", Attributes.integers("perm", 0, 2, 1))
            .node("Relu", "i", "j")
            .node("MatMul", "c, j", "y")
            .output("y", "B", K, 5));
  }

  @Test
  void swiGluWithAResidualInside() throws IOException {
    cuts(
        4,
        graph()
            .random("u", 5, K, N)
            .random("v", 6, N, N)
            .node("MatMul", "x, w", "gate")
            .node("Sigmoid", "gate", "sigmoid")
            .node("Mul", "gate, sigmoid", "silu")
            .node("MatMul", "x, u", "up")
            .node("Mul", "silu, up", "product")
            .node("MatMul", "product, v", "inner")
            .node("Add", "inner, product", "sum")
            .node("MatMul", "sum, t", "y")
            .output("y", "B", K));
  }

  @Test
  void severalHeadsOnOneTrunk() throws IOException {
    cuts(
        3,
        graph()
            .random("v", 6, N, K)
            .node("MatMul", "x, w", "h")
            .node("Relu", "h", "i")
            .node("MatMul", "i, t", "y")
            .node("MatMul", "i, v", "z")
            .output("y", "B", K)
            .output("z", "B", K));
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 8, 9, 10, 11, 12, 13, 14, 18, 20, 21, 22, 23, 24, 25, 26})
  void everyOperatorSet(int opset) throws IOException {
    cuts(
        2,
        GraphBuilder.opset(opset)
            .input("x", "B", K)
            .random("w", 1, K, N)
            .random("b", 2, N)
            .random("t", 3, N, K)
            .shape("turned", K, N)
            .node("Transpose", "t", "turned")
            .node("Gemm", "x, w, b", "h")
            .node("Relu", "h", "i")
            .random("c", 4, K)
            .node("Gemm", "i, turned, c", "y", integer("transB", 1))
            .output("y", "B", K));
  }
}
