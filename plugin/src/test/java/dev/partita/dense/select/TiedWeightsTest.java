package dev.partita.dense.select;

import dev.partita.dense.find.SkipReason;
import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.testing.FinderTester;
import org.junit.jupiter.api.Test;

class TiedWeightsTest {

  private static final int WIDTH = 12;

  private static GraphBuilder layers() {
    return GraphBuilder.opset(17)
        .input("x", "N", WIDTH)
        .random("w", 1, WIDTH, WIDTH)
        .random("v", 2, WIDTH, WIDTH)
        .node("one", "MatMul", "x, w", "a")
        .node("relu", "Relu", "a", "b");
  }

  private static GraphBuilder with(GraphBuilder graph, String value) {
    return graph.node("last", "MatMul", value + ", v", "y").output("y", "N", WIDTH);
  }

  @Test
  void layersThatAreAllCutMayShare() {
    FinderTester.in(with(layers().node("two", "MatMul", "b, w", "c").node("Relu", "c", "d"), "d"))
        .finds("one relu two Relu_3 | last");
  }

  @Test
  void layersMayShareInBothOrientations() {
    FinderTester.in(
            with(
                layers()
                    .node("Transpose", "w", "t")
                    .node("two", "MatMul", "b, t", "c")
                    .node("three", "Gemm", "c, w", "d", Attributes.integer("transB", 1)),
                "d"))
        .finds("one relu two three | last");
  }

  @Test
  void anEmbedding() {
    GraphBuilder graph =
        with(layers().integers("rows", 3, 1).node("embed", "Gather", "w, rows", "e"), "b")
            .output("e", 2, WIDTH);
    FinderTester.in(graph).leavesAlone("one", SkipReason.TIED_WEIGHT).finds();
    FinderTester.in(graph).including("one").finds("one relu | last");
    FinderTester.in(graph).including("two").leavesAlone("one", SkipReason.NOT_INCLUDED);
  }

  @Test
  void aReaderOfTheDecodedWeight() {
    GraphBuilder graph =
        with(
                layers()
                    .node("Identity", "w", "same")
                    .node("Transpose", "same", "t")
                    .node("Add", "t, v", "sum"),
                "b")
            .output("sum", WIDTH, WIDTH);
    FinderTester.in(graph).leavesAlone("one", SkipReason.TIED_WEIGHT);
  }

  @Test
  void anAddOfTheSameTensor() {
    GraphBuilder graph =
        GraphBuilder.opset(17)
            .input("x", WIDTH, WIDTH)
            .random("w", 1, WIDTH, WIDTH)
            .random("v", 2, WIDTH, WIDTH)
            .node("one", "MatMul", "x, w", "a")
            .node("Add", "a, w", "b")
            .node("last", "MatMul", "b, v", "y")
            .output("y", WIDTH, WIDTH);
    FinderTester.in(graph).leavesAlone("one", SkipReason.TIED_WEIGHT);
  }

  @Test
  void anOutputOfTheModel() {
    FinderTester.in(with(layers(), "b").output("w", WIDTH, WIDTH))
        .leavesAlone("one", SkipReason.TIED_WEIGHT);
  }

  @Test
  void aLayerThatIsExcludedOrCloses() {
    GraphBuilder graph =
        with(layers().node("two", "MatMul", "b, w", "c").node("Relu", "c", "d"), "d");
    FinderTester.in(graph)
        .excluding("two")
        .leavesAlone("one", SkipReason.TIED_WEIGHT)
        .leavesAlone("two", SkipReason.EXCLUDED);
    FinderTester.in(layers().node("two", "MatMul", "b, w", "y").output("y", "N", WIDTH))
        .leavesAlone("one", SkipReason.TIED_WEIGHT)
        .leavesAlone("two", SkipReason.CLOSING_LAYER);
  }
}
