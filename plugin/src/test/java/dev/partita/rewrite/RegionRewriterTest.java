package dev.partita.rewrite;

import static dev.partita.fixtures.Attributes.integer;
import static dev.partita.fixtures.Attributes.number;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionFinder;
import dev.partita.dense.select.FinderOptions;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.fixtures.TensorValues;
import dev.partita.model.GraphEditor;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.model.Names;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.ValueInfoProto;
import dev.partita.partition.PartitionPlan;
import dev.partita.testing.PackedProduct;
import dev.partita.testing.PackedProduct.Zeros;
import dev.partita.testing.RewriteTester;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every form of a layer and every wiring of a region, against the masked original. */
class RegionRewriterTest {

  private static final int[] BRANCHES = {2, 3};

  private static void check(GraphBuilder graph) {
    for (int branches : BRANCHES) {
      RewriteTester.check(model(graph.build()), branches);
    }
  }

  private static OnnxModel model(ModelProto proto) {
    return new OnnxModel(proto, Path.of("named.onnx"), 0);
  }

  private static long[] dims(String shape) {
    return shape.isBlank()
        ? new long[0]
        : Arrays.stream(shape.split(" ")).mapToLong(Long::parseLong).toArray();
  }

  private static Object[] shape(long[] leading, long last) {
    Object[] all = new Object[leading.length + 1];
    for (int i = 0; i < leading.length; i++) {
      all[i] = leading[i];
    }
    all[leading.length] = last;
    return all;
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, 1, none",
    "1, 1, 1, none",
    "0, 0.5, 1, 9",
    "1, 1, 2, 9",
    "1, 0.5, 2, ''",
    "0, 0.5, 2, 1",
    "1, 0.5, 2, 1 9",
    "0, 0.5, 2, 4 1",
    "1, 0.5, 2, 4 9",
    "0, 1, 0, 9",
    "1, 2, 1, 1 1"
  })
  void gemm(int transposed, double alpha, double beta, String bias) {
    GraphBuilder graph = GraphBuilder.opset(13).input("x", 4, 7);
    graph.random("w", 1, transposed == 1 ? new long[] {9, 7} : new long[] {7, 9});
    boolean has = !bias.equals("none");
    if (has) {
      graph.random("b", 2, dims(bias));
    }
    check(
        graph
            .node(
                "Gemm",
                has ? "x, w, b" : "x, w",
                "y",
                integer("transB", transposed),
                number("alpha", alpha),
                number("beta", beta))
            .output("y", 4, 9));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "3", "2 3", "2 1 3"})
  void matMulOfAnyRank(String leading) {
    long[] rows = dims(leading);
    check(
        GraphBuilder.opset(13)
            .input("x", shape(rows, 7))
            .random("w", 1, 7, 9)
            .node("MatMul", "x, w", "y")
            .output("y", shape(rows, 9)));
  }

  @ParameterizedTest
  @CsvSource({
    "3, 9",
    "3, 1 9",
    "3, ''",
    "3, 1",
    "3, 3 1",
    "3, 3 9",
    "3, 1 1",
    "2 3, 9",
    "2 3, 3 9",
    "2 3, 2 3 9",
    "2 3, 2 1 9",
    "2 3, 2 3 1",
    "2 3, 1 3 1",
    "'', 9"
  })
  void matMulAndAdd(String leading, String bias) {
    long[] rows = dims(leading);
    for (String operands : new String[] {"m, b", "b, m"}) {
      check(
          GraphBuilder.opset(13)
              .input("x", shape(rows, 7))
              .random("w", 1, 7, 9)
              .random("b", 2, dims(bias))
              .node("MatMul", "x, w", "m")
              .node("Add", operands, "y")
              .output("y", shape(rows, 9)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"5 1", "5 9"})
  void aBiasThatAddsRowsToTheProduct(String bias) {
    check(
        GraphBuilder.opset(13)
            .input("x", 1, 7)
            .random("w", 1, 7, 9)
            .random("b", 2, dims(bias))
            .node("MatMul", "x, w", "m")
            .node("Add", "m, b", "y")
            .output("y", 5, 9));
  }

  @Test
  void weightsInConstantNodesAndInFloatData() {
    TensorProto raw = TensorValues.random("w", 1, 0.5, 7, 9);
    FloatBuffer floats =
        raw.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    TensorProto.Builder typed = raw.toBuilder().clearRawData();
    while (floats.hasRemaining()) {
      typed.addFloatData(floats.get());
    }
    for (TensorProto tensor : new TensorProto[] {raw, typed.build()}) {
      GraphBuilder constant = GraphBuilder.opset(13).input("x", "N", 7).constant(tensor);
      check(constant.node("MatMul", "x, w", "y").output("y", "N", 9));
      GraphBuilder initializer = GraphBuilder.opset(13).input("x", "N", 7).initializer(tensor);
      check(initializer.node("MatMul", "x, w", "y").output("y", "N", 9));
    }
    GraphBuilder biased = GraphBuilder.opset(13).input("x", "N", 7).constant(raw);
    check(
        biased
            .constant(TensorValues.random("b", 2, 0.5, 9))
            .node("MatMul", "x, w", "m")
            .node("Add", "m, b", "y")
            .output("y", "N", 9));
  }

  @Test
  void constantsOfActivationsAreCutAlong() {
    check(
        GraphBuilder.opset(13)
            .input("x", "N", 7)
            .random("w", 1, 7, 9)
            .random("slope", 2, 9)
            .random("scale", 3, 1, 9)
            .random("shift", 4, 1)
            .random("v", 5, 9, 8)
            .initializer("low", new float[] {-0.4f})
            .node("MatMul", "x, w", "h")
            .node("PRelu", "h, slope", "p")
            .node("Mul", "scale, p", "q")
            .node("Sub", "shift, q", "r")
            .node("Clip", "r, low", "c")
            .node("MatMul", "c, v", "y")
            .output("y", "N", 8));
  }

  @Test
  void aSharedEntry() {
    check(
        GraphBuilder.opset(13)
            .input("x", "N", 1)
            .random("w", 1, 1, 9)
            .random("v", 2, 9, 8)
            .node("MatMul", "x, w", "h")
            .node("Tanh", "h", "t")
            .node("MatMul", "t, v", "y")
            .output("y", "N", 8));
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 8, 9, 10, 11, 13, 21})
  void everyOperatorSet(int opset) {
    check(mixed(opset));
  }

  private static GraphBuilder mixed(int opset) {
    return GraphBuilder.opset(opset)
        .input("x", "N", 7)
        .input("z", 2, "M", 7)
        .random("w", 1, 7, 9)
        .random("b", 2, 9)
        .random("v", 3, 8, 9)
        .random("c", 4, 8)
        .node("MatMul", "x, w", "m")
        .node("Add", "m, b", "h")
        .node("Relu", "h", "r")
        .shape("r", "N", 9)
        .node("Gemm", "r, v, c", "y", integer("transB", 1))
        .node("MatMul", "z, w", "k")
        .node("Add", "k, b", "u")
        .output("y", "N", 8)
        .output("u", 2, "M", 9);
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 9, 13})
  void initializersListedAsInputsBelowIrFour(int opset) {
    GraphBuilder graph = mixed(opset).irVersion(3);
    check(graph);
    ModelProto before = graph.build();
    ModelProto after = RewriteTester.rewritten(model(before), 2);
    assertThat(after.getGraph().getInputList())
        .extracting(ValueInfoProto::getName)
        .containsExactly("x", "z");
    assertThat(after.getGraph().getInitializerList()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 13})
  void twoProjectionsThatAreMultiplied(int opset) {
    check(
        GraphBuilder.opset(opset)
            .input("x", 2, "N", 7)
            .random("a", 1, 7, 9)
            .random("b", 2, 7, 9)
            .random("c", 3, 9, 8)
            .node("MatMul", "x, a", "gate")
            .node("MatMul", "x, b", "up")
            .node("Sigmoid", "gate", "s")
            .node("Mul", "gate, s", "u")
            .node("Mul", "u, up", "m")
            .shape("m", 2, "N", 9)
            .node("MatMul", "m, c", "y")
            .output("y", 2, "N", 8));
  }

  @ParameterizedTest
  @CsvSource({"9, a", "9, b", "13, a", "13, b"})
  void projectionsOfDifferentRankThatAreAdded(int opset, String first) {
    GraphBuilder graph =
        GraphBuilder.opset(opset)
            .input("x", 2, "N", 7)
            .input("z", "N", 7)
            .random("w", 1, 7, 9)
            .random("v", 2, 7, 9);
    if (first.equals("a")) {
      graph.node("MatMul", "x, w", "a").node("MatMul", "z, v", "b");
    } else {
      graph.node("MatMul", "z, v", "b").node("MatMul", "x, w", "a");
    }
    check(graph.node("Add", "a, b", "s").node("Tanh", "s", "y").output("y", 2, "N", 9));
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 13})
  void aVectorThatAConstantMakesAMatrix(int opset) {
    check(
        GraphBuilder.opset(opset)
            .input("x", 7)
            .random("w", 1, 7, 9)
            .random("c", 2, 1, 9)
            .node("MatMul", "x, w", "h")
            .node("Relu", "h", "r")
            .node("Mul", "r, c", "y")
            .output("y", 1, 9));
  }

  private static GraphBuilder heads() {
    return GraphBuilder.opset(13)
        .input("x", "N", 7)
        .random("w", 1, 7, 9)
        .random("v", 2, 9, 6)
        .random("u", 3, 3, 9)
        .random("c", 4, 3)
        .random("d", 5, 6)
        .node("MatMul", "x, w", "h")
        .node("Relu", "h", "r")
        .node("MatMul", "r, v", "n")
        .node("Add", "d, n", "scores")
        .node("Gemm", "r, u, c", "boxes", integer("transB", 1))
        .output("scores", "N", 6)
        .output("boxes", "N", 3);
  }

  @Test
  void twoHeads() {
    FinderOptions whole = new FinderOptions(2, 1, ImmutableList.of(), ImmutableList.of());
    RewriteTester.check(model(heads().build()), whole);
    check(heads());
  }

  @Test
  void aHeadAndAnotherReader() {
    GraphBuilder graph = heads().node("Softmax", "r", "mixed").output("mixed", "N", 9);
    FinderOptions whole = new FinderOptions(2, 1, ImmutableList.of(), ImmutableList.of());
    RewriteTester.check(model(graph.build()), whole);
  }

  @Test
  void anExitInTheMiddle() {
    check(
        GraphBuilder.opset(13)
            .input("x", "N", 7)
            .random("w", 1, 7, 9)
            .random("v", 2, 9, 8)
            .node("MatMul", "x, w", "h")
            .node("Relu", "h", "r")
            .node("MatMul", "r, v", "y")
            .output("r", "N", 9)
            .output("y", "N", 8));
  }

  @Test
  void fromAFileWhoseWeightsAreMapped(@TempDir Path folder) {
    OnnxModel read = ModelFile.read(heads().write(folder.resolve("heads.onnx")));
    RewriteTester.check(read, 2);
    RewriteTester.check(read, new FinderOptions(3, 1, ImmutableList.of(), ImmutableList.of()));
  }

  /**
   * Slices that cover a value are made a Split by ONNX Runtime, of which 1.18 refuses the result
   * where an initializer is called "splits": what it calls the sizes itself, also in models that it
   * writes.
   */
  @ParameterizedTest
  @ValueSource(ints = {12, 13, 21})
  void neighbouringBlocksOfAnEntryAreTakenByOneSplit(int opset) {
    GraphBuilder graph =
        GraphBuilder.opset(opset)
            .input("x", "N", 8)
            .random("w", 1, 8, 9)
            .node("MatMul", "x, w", "y")
            .output("y", "N", 9);
    GraphIndex index = new GraphIndex(model(graph.build()));
    Region region =
        RegionFinder.find(index, new FinderOptions(2, 1, ImmutableList.of("*"), ImmutableList.of()))
            .regions()
            .get(0);
    ImmutableIntArray first = ImmutableIntArray.of(0, 1, 2);
    ImmutableIntArray second = ImmutableIntArray.of(3, 4, 5, 6, 7);
    ImmutableIntArray torn = ImmutableIntArray.of(0, 1, 7);
    ImmutableIntArray between = ImmutableIntArray.of(2, 3, 4, 5, 6);
    assertThat(entries(index, region, first, second)).containsExactly("Split");
    // The upper half may belong to the first branch.
    assertThat(entries(index, region, second, first)).containsExactly("Split");
    assertThat(entries(index, region, torn, between)).containsExactly("Gather", "Slice");
  }

  /** The operators that take the blocks of input features out of the entry. */
  private static List<String> entries(
      GraphIndex index, Region region, ImmutableIntArray first, ImmutableIntArray second) {
    ImmutableList<ImmutableIntArray> outs =
        ImmutableList.of(ImmutableIntArray.of(0, 1, 2, 3), ImmutableIntArray.of(4, 5, 6, 7, 8));
    PartitionPlan plan =
        new PartitionPlan(
            2, "by hand", ImmutableList.of(ImmutableList.of(first, second), outs), 1, false);
    return RegionRewriter.rewrite(index, new Names(index), region, plan, RegionWeights.ORIGINAL)
        .edit()
        .replacements()
        .values()
        .stream()
        .filter(node -> node.getInputList().contains("x"))
        .map(node -> node.getOpType())
        .toList();
  }

  @Test
  void aTiedWeightThatAnotherNodeReadsStays() {
    GraphBuilder graph =
        GraphBuilder.opset(13)
            .input("x", "N", 7)
            .random("w", 1, 7, 9)
            .random("own", 2, 9, 8)
            .node("MatMul", "x, w", "h")
            .node("MatMul", "h, own", "y")
            .node("Tanh", "w", "t")
            .output("y", "N", 8)
            .output("t", 7, 9);
    check(graph);
    ModelProto after = RewriteTester.rewritten(model(graph.build()), 2);
    assertThat(after.getGraph().getInitializerList())
        .extracting(TensorProto::getName)
        .contains("w")
        .doesNotContain("own");
  }

  @Test
  void layersWithoutNames() {
    ModelProto.Builder proto = heads().build().toBuilder();
    proto.getGraphBuilder().getNodeBuilderList().forEach(node -> node.clearName());
    RewriteTester.check(model(proto.build()), 2);
  }

  private static GraphBuilder packed(Object... dims) {
    return GraphBuilder.opset(13).domain("com.microsoft", 1).input("x", dims);
  }

  /** Beside layers of real numbers, whose spaces are cut in its blocks, and to be cut itself. */
  @ParameterizedTest
  @CsvSource({
    "4, 16, 64, ABSENT",
    "4, 16, 80, PACKED",
    "4, 32, 100, PACKED",
    "2, 16, 50, NUMBERS",
    "8, 16, 49, PACKED"
  })
  void weightsOfAFewBits(int bits, int blockSize, int size, Zeros zeros) {
    GraphBuilder graph = packed("N", 9).random("w", 1, 9, size).random("v", 2, 24, 7);
    graph.node("MatMul", "x, w", "h").node("Relu", "h", "i");
    PackedProduct.of(size, 24, bits, blockSize).with(zeros).add(graph, "packed", "i", "j");
    check(graph.node("Tanh", "j", "k").node("MatMul", "k, v", "y").output("y", "N", 7));
  }

  /** A whole layer takes its inputs in another order only where its last block stays the last. */
  @ParameterizedTest
  @ValueSource(ints = {48, 64, 40, 90})
  void aWholeLayerOfAFewBits(int size) {
    GraphBuilder graph = packed("N", size);
    PackedProduct.of(size, size, 4, 16).with(Zeros.PACKED).add(graph, "first", "x", "h");
    graph.node("Relu", "h", "i");
    PackedProduct.of(size, size, 4, 16).with(Zeros.PACKED).add(graph, "second", "i", "j");
    graph.node("Relu", "j", "k");
    PackedProduct.of(size, 5, 4, 16).with(Zeros.PACKED).add(graph, "last", "k", "y");
    FinderOptions whole = new FinderOptions(2, 1, ImmutableList.of(), ImmutableList.of());
    RewriteTester.check(model(graph.output("y", "N", 5).build()), whole);
  }

  /** Five blocks of 16: bytes are taken as they are, zero points move to other halves of theirs. */
  @Test
  void blocksOfAFewBitsKeepTheirBits() {
    GraphBuilder graph = packed("N", 80);
    PackedProduct.of(80, 4, 4, 16).with(Zeros.PACKED).add(graph, "packed", "x", "y");
    ModelProto before = graph.output("y", "N", 4).build();
    byte[] elements = bytes(before, "packed/b");
    byte[] zeros = bytes(before, "packed/zeros");
    GraphIndex index = new GraphIndex(model(before));
    Region region =
        RegionFinder.find(index, new FinderOptions(2, 1, ImmutableList.of("*"), ImmutableList.of()))
            .regions()
            .get(0);
    // Blocks 1, 3 and 4 with outputs 0 and 3; blocks 0 and 2 with outputs 1 and 2.
    int[][] blocks = {{1, 3, 4}, {0, 2}};
    int[][] outs = {{0, 3}, {1, 2}};
    ImmutableList.Builder<ImmutableIntArray> ins = ImmutableList.builder();
    ImmutableList.Builder<ImmutableIntArray> made = ImmutableList.builder();
    for (int branch = 0; branch < 2; branch++) {
      int[] own = blocks[branch];
      ins.add(
          ImmutableIntArray.copyOf(
              IntStream.range(0, own.length * 16).map(i -> own[i / 16] * 16 + i % 16)));
      made.add(ImmutableIntArray.copyOf(outs[branch]));
    }
    PartitionPlan plan =
        new PartitionPlan(2, "by hand", ImmutableList.of(ins.build(), made.build()), 1, false);
    ModelProto after =
        GraphEditor.apply(
                index,
                List.of(
                    RegionRewriter.rewrite(
                            index, new Names(index), region, plan, RegionWeights.ORIGINAL)
                        .edit()))
            .proto();
    for (int branch = 0; branch < 2; branch++) {
      int[] own = blocks[branch];
      byte[] cut = bytes(after, "packed/b/branch" + branch);
      byte[] cutZeros = bytes(after, "packed/zeros/branch" + branch);
      int zeroBytes = (own.length + 1) / 2;
      assertThat(cut).hasSize(2 * own.length * 8);
      assertThat(cutZeros).hasSize(2 * zeroBytes);
      for (int row = 0; row < 2; row++) {
        int out = outs[branch][row];
        for (int i = 0; i < own.length; i++) {
          int from = (row * own.length + i) * 8;
          int stood = (out * 5 + own[i]) * 8;
          assertThat(Arrays.copyOfRange(cut, from, from + 8))
              .isEqualTo(Arrays.copyOfRange(elements, stood, stood + 8));
          assertThat(nibble(cutZeros, row * zeroBytes, i))
              .isEqualTo(nibble(zeros, out * 3, own[i]));
        }
      }
    }
  }

  private static int nibble(byte[] bytes, int from, int index) {
    return (bytes[from + index / 2] >> (4 * (index % 2))) & 15;
  }

  private static byte[] bytes(ModelProto model, String initializer) {
    return model.getGraph().getInitializerList().stream()
        .filter(tensor -> tensor.getName().equals(initializer))
        .map(tensor -> tensor.getRawData().toByteArray())
        .findFirst()
        .orElseThrow();
  }
}
