package dev.partita.dense.region;

import static dev.partita.fixtures.Attributes.integers;

import dev.partita.dense.region.LeftOutside.Reason;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.testing.FinderTester;
import dev.partita.testing.PackedProduct;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** Every reason why a region ends at a node. */
@TestInstance(Lifecycle.PER_CLASS)
class LeftOutsideTest {

  private final Set<Reason> untested = EnumSet.allOf(Reason.class);

  private static GraphBuilder graph(int opset) {
    return GraphBuilder.opset(opset)
        .input("x", 8, 8)
        .random("a", 1, 8, 8)
        .random("b", 2, 8, 8)
        .node("MatMul", "x, a", "h");
  }

  private static GraphBuilder graph() {
    return graph(17);
  }

  /** Ends the graph so that no layer closes it. */
  private static GraphBuilder end(GraphBuilder graph, String value) {
    return graph.node("end", "LpNormalization", value, "y").output("y", 8, 8);
  }

  private FinderTester ends(FinderTester tester, String node, Reason reason) {
    untested.remove(reason);
    return tester.endsAt(node, reason);
  }

  private void ends(GraphBuilder graph, String node, Reason reason) {
    ends(FinderTester.in(graph), node, reason);
  }

  @AfterAll
  void everyReasonHasItsTest() {
    if (!untested.isEmpty()) {
      throw new AssertionError("no test for " + untested);
    }
  }

  @Test
  void aLayerThatIsNotCut() {
    GraphBuilder graph = end(graph().node("MatMul", "h, b", "g"), "g");
    FinderTester.in(graph).endsAt("end", Reason.MIXES_FEATURES);
    ends(FinderTester.in(graph).excluding("MatMul_1"), "MatMul_1", Reason.LEFT_ALONE);
    ends(
        end(graph().input("w", 8, 8).node("MatMul", "h, w", "g"), "g"),
        "MatMul_1",
        Reason.LEFT_ALONE);
  }

  @Test
  void aNodeThatCombinesFeatures() {
    ends(end(graph().node("Softmax", "h", "s"), "s"), "Softmax_1", Reason.MIXES_FEATURES);
  }

  @Test
  void anOperandThatIsComputedOutside() {
    ends(end(graph().node("Mul", "h, x", "s"), "s"), "Mul_1", Reason.OPERAND_OUTSIDE);
  }

  @Test
  void featuresOnAnotherAxis() {
    ends(
        end(graph().node("MatMul", "b, x", "rows").node("Add", "h, rows", "s"), "s"),
        "Add_2",
        Reason.OTHER_FEATURES);
    ends(end(graph().node("MatMul", "b, h", "g"), "g"), "MatMul_1", Reason.OTHER_FEATURES);
    // A layer that stays whole, behind a region whose features it does not reduce.
    ends(
        graph().node("Relu", "h", "r").node("MatMul", "b, r", "y").output("y", 8, 8),
        "MatMul_2",
        Reason.OTHER_FEATURES);
  }

  @Test
  void aResultThatDoesNotHaveTheFeaturesOnOneAxis() {
    ends(
        graph()
            .integers("shape", 8, 4, 2)
            .node("Reshape", "h, shape", "s")
            .node("LpNormalization", "s", "y")
            .output("y", 8, 4, 2),
        "Reshape_1",
        Reason.FEATURES_SPREAD);
  }

  @Test
  void aRankNobodyTellsWhereAxesMustBePositive() {
    for (int opset : new int[] {9, 11}) {
      FinderTester tester =
          FinderTester.in(
              graph(opset)
                  .node("Unsqueeze", "h", "u", integers("axes", 0))
                  .node("Relu", "u", "r")
                  .node("LpNormalization", "r", "y")
                  .output("y", 1, 8, 8));
      if (opset < 11) {
        ends(tester, "Unsqueeze_1", Reason.UNKNOWN_RANK);
      } else {
        tester.finds("MatMul_0 Unsqueeze_1 Relu_2");
      }
    }
  }

  @Test
  void aNumberThatIsComputedFromTheRegion() {
    ends(
        end(
            graph().node("ReduceMax", "h", "most").shape("most", 1, 1).node("Div", "h, most", "d"),
            "d"),
        "Div_2",
        Reason.COMES_BACK);
  }

  @Test
  void regionsThatSeeTheirEntryOnDifferentAxes() {
    GraphBuilder graph =
        end(
            graph()
                .node("MatMul", "b, x", "rows")
                .node("Transpose", "rows", "turned", integers("perm", 1, 0))
                .node("Add", "h, turned", "s"),
            "s");
    ends(graph, "Add_3", Reason.REGIONS_DISAGREE);
  }

  @Test
  void regionsWithAPathThroughOtherNodes() {
    GraphBuilder graph =
        end(
            graph().node("Softmax", "h", "n").node("MatMul", "n, b", "g").node("Add", "h, g", "s"),
            "s");
    FinderTester tester = ends(FinderTester.in(graph), "Add_3", Reason.NOT_CONVEX);
    tester.endsAt(0, "Softmax_1 MIXES_FEATURES", "Add_3 NOT_CONVEX");
    tester.endsAt(1, "Add_3 NOT_CONVEX");
  }

  @Test
  void inputsThatCannotBeDealtOut() {
    GraphBuilder graph =
        GraphBuilder.opset(17)
            .domain("com.microsoft", 1)
            .input("x", "N", 8)
            .random("w", 1, 8, 64)
            .node("MatMul", "x, w", "h");
    GraphBuilder packed = PackedProduct.of(64, 32, 4, 64).add(graph, "packed", "h", "y");
    ends(
        FinderTester.in(packed.output("y")).includingAll().cuttingFor(2, 4),
        "packed",
        Reason.TOO_FEW_INPUTS);
  }

  @Test
  void aTrailingMoveOfAxes() {
    ends(
        end(graph().node("Relu", "h", "r").node("Transpose", "r", "t"), "t"),
        "Transpose_2",
        Reason.MOVES_AXES);
  }

  @Test
  void aTrailingNodeWhoseInputLeavesAnyway() {
    GraphBuilder graph =
        end(graph().node("Relu", "h", "r").node("Softmax", "h", "s").output("s", 8, 8), "r");
    ends(graph, "Relu_1", Reason.ADDS_EXIT);
    FinderTester.in(graph).endsAt(0, "Relu_1 ADDS_EXIT", "Softmax_2 MIXES_FEATURES");
  }

  @Test
  void whatJoinsInTheEndIsNotOutside() {
    // The second layer begins a region of its own, until the sum makes one of both.
    FinderTester.in(
            end(
                graph()
                    .random("c", 3, 8, 8)
                    .node("MatMul", "x, b", "g")
                    .node("Add", "h, g", "s")
                    .node("MatMul", "s, c", "t"),
                "t"))
        .finds("MatMul_0 MatMul_1 Add_2 MatMul_3")
        .endsAt(0, "end MIXES_FEATURES");
  }
}
