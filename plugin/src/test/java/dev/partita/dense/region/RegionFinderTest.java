package dev.partita.dense.region;

import static dev.partita.fixtures.Attributes.integer;
import static org.assertj.core.api.Assertions.assertThat;

import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.SkipReason;
import dev.partita.dense.region.FeatureSpace.State;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.TensorProto.DataType;
import dev.partita.testing.FinderTester;
import dev.partita.testing.PackedProduct;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which nodes make a region, and what becomes of its spaces. */
class RegionFinderTest {

  private static final float[] ONE = {1};

  /** An input, square weights a to d, and a bias. */
  private static GraphBuilder graph() {
    return GraphBuilder.opset(17)
        .input("x", "N", 8)
        .random("a", 1, 8, 8)
        .random("b", 2, 8, 8)
        .random("c", 3, 8, 8)
        .random("d", 4, 8, 8)
        .random("bias", 5, 8);
  }

  /** Ends the graph so that no layer closes it. */
  private static GraphBuilder end(GraphBuilder graph, String value) {
    return graph.node("end", "LpNormalization", value, "y").output("y", "N", 8);
  }

  @Test
  void aPerceptronKeepsItsClassifierWhole() {
    FinderTester tester =
        FinderTester.in(
            graph()
                .random("w", 6, 8, 3)
                .node("Gemm", "x, a, bias", "h")
                .node("Relu", "h", "r")
                .node("MatMul", "r, b", "m")
                .node("Add", "m, bias", "s")
                .node("Tanh", "s", "t")
                .node("Gemm", "t, w", "logits")
                .node("Softmax", "logits", "y")
                .output("y", "N", 3));
    tester.finds("Gemm_0 Relu_1 MatMul_2 Add_3 Tanh_4 | Gemm_5");
    Region region = tester.region(0);
    assertThat(region.entries()).containsExactly("x");
    assertThat(region.exits()).containsExactly("t");
    assertThat(region.space("h")).isEqualTo(region.space("r"));
    assertThat(region.space("s")).isEqualTo(region.space("t"));
    assertThat(region.space("r")).isNotEqualTo(region.space("t"));
    assertThat(region.spaces())
        .extracting(FeatureSpace::state)
        .containsExactly(State.ASSIGNED, State.ASSIGNED, State.ASSIGNED, State.WHOLE);
  }

  @Test
  void anExportedGeluIsPartOfTheBranches() {
    FinderTester.in(
            end(
                graph()
                    .initializer("one", ONE)
                    .initializer("half", new float[] {0.5f})
                    .initializer("root", new float[] {1.4142135f})
                    .node("MatMul", "x, a", "h")
                    .node("Div", "h, root", "q")
                    .node("Erf", "q", "e")
                    .node("Add", "e, one", "p")
                    .node("Mul", "h, p", "g")
                    .node("Mul", "g, half", "u")
                    .node("MatMul", "u, b", "z"),
                "z"))
        .finds("MatMul_0 Div_1 Erf_2 Add_3 Mul_4 Mul_5 MatMul_6");
  }

  @Test
  void anExportedSiluIsPartOfTheBranches() {
    FinderTester.in(
            end(
                graph()
                    .node("MatMul", "x, a", "h")
                    .node("Sigmoid", "h", "s")
                    .node("Mul", "h, s", "u")
                    .node("MatMul", "u, b", "z"),
                "z"))
        .finds("MatMul_0 Sigmoid_1 Mul_2 MatMul_3");
  }

  @Test
  void twoProjectionsThatAreMultipliedAreOneRegion() {
    FinderTester tester =
        FinderTester.in(
            end(
                graph()
                    .node("MatMul", "x, a", "gate")
                    .node("MatMul", "x, b", "up")
                    .node("Sigmoid", "gate", "s")
                    .node("Mul", "gate, s", "u")
                    .node("Mul", "u, up", "m")
                    .node("MatMul", "m, c", "z"),
                "z"));
    tester.finds("MatMul_0 MatMul_1 Sigmoid_2 Mul_3 Mul_4 MatMul_5");
    Region region = tester.region(0);
    assertThat(region.space("gate")).isEqualTo(region.space("up"));
    assertThat(region.spaces()).hasSize(3);
    assertThat(region.entries()).containsExactly("x");
    assertThat(region.exits()).containsExactly("z");
  }

  @Test
  void layersThatShareOnlyTheirEntryAreApart() {
    FinderTester.in(
            graph()
                .node("MatMul", "x, a", "q")
                .node("MatMul", "x, b", "k")
                .node("MatMul", "x, c", "v")
                .node("Transpose", "k", "t")
                .node("MatMul", "q, t", "s")
                .node("Softmax", "s", "p")
                .node("MatMul", "p, v", "y")
                .output("y", "N", 8))
        .finds("MatMul_0", "MatMul_1", "MatMul_2")
        .leavesAlone("MatMul_4", SkipReason.DYNAMIC_WEIGHT)
        .leavesAlone("MatMul_6", SkipReason.DYNAMIC_WEIGHT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x, z", "z, x"})
  void aResidualAddStaysOutside(String operands) {
    FinderTester tester =
        FinderTester.in(
            end(
                graph()
                    .node("MatMul", "x, a", "h")
                    .node("Relu", "h", "r")
                    .node("MatMul", "r, b", "z")
                    .node("Add", operands, "s"),
                "s"));
    tester.finds("MatMul_0 Relu_1 MatMul_2");
    assertThat(tester.region(0).exits()).containsExactly("z");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Softmax", "LpNormalization"})
  void groupsWithAPathFromOneToTheOtherStayApart(String mixing) {
    FinderTester.in(
            end(
                graph()
                    .node("MatMul", "x, a", "h")
                    .node(mixing, "h", "n")
                    .node("MatMul", "n, b", "g")
                    .node("Add", "h, g", "s"),
                "s"))
        .finds("MatMul_0", "MatMul_2");
  }

  @Test
  void aPathThroughAThirdGroupCountsToo() {
    FinderTester.in(
            end(
                graph()
                    .node("MatMul", "x, a", "h")
                    .node("Softmax", "h", "n")
                    .node("MatMul", "n, b", "m")
                    .node("Softmax", "m", "k")
                    .node("MatMul", "k, c", "g")
                    .node("Mul", "g, h", "s"),
                "s"))
        .finds("MatMul_0", "MatMul_2", "MatMul_4");
  }

  @Test
  void anInnerResidualIsPartOfTheRegion() {
    FinderTester.in(
            end(
                graph()
                    .node("MatMul", "x, a", "h")
                    .node("MatMul", "h, b", "g")
                    .node("Add", "h, g", "s"),
                "s"))
        .finds("MatMul_0 MatMul_1 Add_2");
  }

  @Test
  void twoHeadsStayWholeBehindOneRegion() {
    FinderTester tester =
        FinderTester.in(
            graph()
                .random("v", 6, 8, 3)
                .node("MatMul", "x, a", "h")
                .node("Relu", "h", "r")
                .node("Gemm", "r, b", "scores")
                .node("Gemm", "r, v", "boxes")
                .output("scores", "N", 8)
                .output("boxes", "N", 3));
    tester.finds("MatMul_0 Relu_1 | Gemm_2 Gemm_3");
    tester.including("MatMul*", "Gemm*").finds("MatMul_0 Relu_1 Gemm_2 | Gemm_3");
  }

  @Test
  void aSmallEntryIsShared() {
    GraphBuilder graph =
        GraphBuilder.opset(17)
            .input("x", "N", 3)
            .random("a", 1, 3, 8)
            .node("MatMul", "x, a", "h")
            .node("LpNormalization", "h", "y")
            .output("y", "N", 8);
    FinderTester tester = FinderTester.in(graph);
    tester.finds("MatMul_0");
    assertThat(tester.region(0).space("x").state()).isEqualTo(State.SHARED);
    assertThat(tester.region(0).space("h").state()).isEqualTo(State.ASSIGNED);
    assertThat(tester.cuttingFor(3, 1).region(0).space("x").state()).isEqualTo(State.ASSIGNED);
  }

  @Test
  void aValueInTheMiddleMayLeave() {
    FinderTester tester =
        FinderTester.in(
            end(
                graph()
                    .node("MatMul", "x, a", "h")
                    .node("Relu", "h", "r")
                    .node("MatMul", "r, b", "z")
                    .output("r", "N", 8),
                "z"));
    // What makes a graph output is left whole, read on or not, unless it is included.
    tester.finds("MatMul_2").leavesAlone("MatMul_0", SkipReason.CLOSING_LAYER);
    FinderTester included = tester.includingAll();
    included.finds("MatMul_0 Relu_1 MatMul_2");
    assertThat(included.region(0).exits()).containsExactlyInAnyOrder("r", "z");
  }

  @Test
  void aTrailingActivationIsGivenUpOnlyWhereItsInputLeavesAnyway() {
    FinderTester kept =
        FinderTester.in(end(graph().node("MatMul", "x, a", "h").node("Relu", "h", "r"), "r"));
    kept.finds("MatMul_0 Relu_1");
    FinderTester given =
        FinderTester.in(
            end(
                graph()
                    .node("MatMul", "x, a", "h")
                    .node("Relu", "h", "r")
                    .node("Softmax", "h", "s")
                    .output("s", "N", 8),
                "r"));
    given.finds("MatMul_0");
    assertThat(given.region(0).exits()).containsExactly("h");
  }

  @ParameterizedTest
  @ValueSource(strings = {"m, bias", "bias, m"})
  void theAddOfABiasBelongsToItsProduct(String operands) {
    FinderTester tester =
        FinderTester.in(end(graph().node("MatMul", "x, a", "m").node("Add", operands, "h"), "h"));
    tester.finds("MatMul_0 Add_1");
    assertThat(tester.region(0).layers().get(0).layer().form().label()).isEqualTo("MatMul+Add");
    assertThat(tester.region(0).layers().get(0).layer().parameters()).isEqualTo(72);
  }

  @Test
  void anAddIsANodeOfItsOwnWhereTheProductGoesElsewhereToo() {
    FinderTester tester =
        FinderTester.in(
            end(
                graph()
                    .node("MatMul", "x, a", "m")
                    .node("Add", "m, bias", "h")
                    .node("Mul", "m, h", "p"),
                "p"));
    tester.finds("MatMul_0 Add_1 Mul_2");
    assertThat(tester.region(0).layers().get(0).layer().form().label()).isEqualTo("MatMul");
  }

  @ParameterizedTest
  @CsvSource({
    "8, MatMul+Add",
    "1 8, MatMul+Add",
    "1, MatMul+Add",
    "1 1 8, MatMul",
    "2 1 1, MatMul"
  })
  void aConstantOfHigherRankThanTheProductIsNoBias(String shape, String form) {
    long[] dims = Arrays.stream(shape.split(" ")).mapToLong(Long::parseLong).toArray();
    FinderTester tester =
        FinderTester.in(
            end(
                graph()
                    .random("high", 7, dims)
                    .node("MatMul", "x, a", "m")
                    .node("Add", "m, high", "h"),
                "h"));
    tester.finds("MatMul_0 Add_1");
    assertThat(tester.region(0).layers().get(0).layer().form().label()).isEqualTo(form);
  }

  @Test
  void aConstantThatWidensTheFeaturesStaysOutside() {
    FinderTester.in(
            GraphBuilder.opset(17)
                .input("x", "N", 8)
                .random("a", 1, 8, 8)
                .random("wide", 2, 1, 4)
                .node("MatMul", "x, a", "m")
                .node("Mul", "m, wide", "h")
                .node("LpNormalization", "h", "y")
                .output("y", "N", 8))
        .finds("MatMul_0");
  }

  /** What follows a product, and whether it joins. */
  @ParameterizedTest
  @CsvSource({
    "Relu, 'm', true",
    "Neg, 'm', true",
    "Gelu, 'm', true",
    "Identity, 'm', true",
    "Pow, 'm, one', true",
    "Pow, 'one, m', true",
    "PRelu, 'm, bias', true",
    "PRelu, 'bias, m', false",
    "Clip, 'm, , one', true",
    "Clip, 'm, one, limit', false",
    "Clip, 'm, bias', false",
    "Dropout, 'm', true",
    "Dropout, 'm, one', true",
    "Dropout, 'm, one, train', false",
    "Max, 'm, bias, one', true",
    "Add, 'm, m', true",
    "Mul, 'm, x', false",
    "Softmax, 'm', false",
    "CumSum, 'm, axis', false",
    "com.microsoft::Gelu, 'm', true",
    "com.microsoft::FastGelu, 'm, bias', true",
    "com.microsoft::BiasGelu, 'm, bias', true",
    "com.microsoft::BiasGelu, 'm, x', false",
    "com.acme::Relu, 'm', false"
  })
  void onlyWhatKeepsFeaturesApartJoins(String operator, String inputs, boolean joins) {
    FinderTester.in(
            end(
                GraphBuilder.opset(20)
                    .domain("com.microsoft", 1)
                    .domain("com.acme", 1)
                    .input("x", "N", 8)
                    .input("limit")
                    .input("train", DataType.BOOL)
                    .random("a", 1, 8, 8)
                    .random("bias", 2, 8)
                    .initializer("one", ONE)
                    .integers("axis", 1)
                    .node("product", "MatMul", "x, a", "m")
                    .node("next", operator, inputs, "h"),
                "h"))
        .finds(joins ? "product next" : "product");
  }

  @Test
  void aDropoutWhoseMaskIsReadStaysOutside() {
    GraphBuilder unread = graph().node("MatMul", "x, a", "m").node("Dropout", "m", "h, mask");
    FinderTester.in(end(unread, "h")).finds("MatMul_0 Dropout_1");
    GraphBuilder read = graph().node("MatMul", "x, a", "m").node("Dropout", "m", "h, mask");
    FinderTester.in(end(read, "h").output("mask", DataType.BOOL, "N", 8)).finds("MatMul_0");
  }

  @Test
  void aTransposedWeightIsReadAsItStands() {
    FinderTester tester =
        FinderTester.in(
            GraphBuilder.opset(17)
                .input("x", "N", 4)
                .random("w", 1, 6, 4)
                .node("Gemm", "x, w", "h", integer("transB", 1))
                .node("LpNormalization", "h", "y")
                .output("y", "N", 6));
    tester.finds("Gemm_0");
    DenseLayer layer = tester.region(0).layers().get(0).layer();
    assertThat(layer.in()).isEqualTo(4);
    assertThat(layer.out()).isEqualTo(6);
    float[] all =
        layer.weight().block(new int[] {0, 1, 2, 3}, new int[] {0, 1, 2, 3, 4, 5}).values();
    float[] row = new float[4];
    layer.weight().readStored(5, 1, row);
    for (int k = 0; k < 4; k++) {
      assertThat(all[k * 6 + 5]).isEqualTo(row[k]);
    }
  }

  private static GraphBuilder hidden(int size, int blockSize) {
    GraphBuilder graph =
        GraphBuilder.opset(17)
            .domain("com.microsoft", 1)
            .input("x", "N", 24)
            .random("w", 1, 24, size)
            .node("MatMul", "x, w", "h")
            .node("Relu", "h", "i");
    return PackedProduct.of(size, 32, 4, blockSize).add(graph, "packed", "i", "y").output("y");
  }

  @Test
  void spacesAreCutInTheBlocksOfTheLayersThatReadThem() {
    Region region =
        FinderTester.in(hidden(72, 16))
            .includingAll()
            .cuttingFor(2, 4)
            .finds("MatMul_0 Relu_1 packed")
            .region(0);
    assertThat(region.space("x").granule()).isEqualTo(1);
    assertThat(region.space("i").granule()).isEqualTo(16);
    assertThat(region.space("y").granule()).isEqualTo(1);
  }

  @Test
  void aLayerOfTooFewBlocksStartsARegionOfItsOwn() {
    // Five blocks, the last of eight: for three branches there is one that would get no more.
    FinderTester.in(hidden(72, 16)).includingAll().cuttingFor(3, 8).finds("MatMul_0 Relu_1 packed");
    FinderTester alone = FinderTester.in(hidden(72, 16)).includingAll().cuttingFor(3, 9);
    alone.finds("MatMul_0 Relu_1", "packed");
    assertThat(alone.region(1).space("i").state()).isEqualTo(State.SHARED);
    // One block of 64 cannot be dealt out: every branch reads all of it.
    FinderTester one = FinderTester.in(hidden(64, 64)).includingAll().cuttingFor(2, 4);
    one.finds("MatMul_0 Relu_1", "packed");
    assertThat(one.region(1).space("i").state()).isEqualTo(State.SHARED);
  }
}
