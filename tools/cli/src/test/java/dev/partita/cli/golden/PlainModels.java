package dev.partita.cli.golden;

import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.TensorProto.DataType;
import java.util.SplittableRandom;

/** Small models in float32, each of one form of layer or one way to put layers together. */
final class PlainModels {

  static final int WIDTH = 32;
  private static final int OPSET = 17;

  private PlainModels() {}

  /** Gemm in three spellings, with Relu between. */
  static GraphBuilder gemmChain() {
    return GraphBuilder.opset(OPSET)
        .input("x", "N", WIDTH)
        .random("w1", 1, 48, WIDTH)
        .random("b1", 2, 48)
        .random("w2", 3, 48, 40)
        .random("b2", 4, 40)
        .random("w3", 5, 40, 10)
        .node("first", "Gemm", "x, w1, b1", "a", Attributes.integer("transB", 1))
        .node("relu1", "Relu", "a", "b")
        .node(
            "second",
            "Gemm",
            "b, w2, b2",
            "c",
            Attributes.number("alpha", 0.5),
            Attributes.number("beta", 2))
        .node("relu2", "Relu", "c", "d")
        .node("third", "Gemm", "d, w3", "y")
        .output("y", "N", 10);
  }

  /** MatMul and Add on activations with two leading axes, and what makes a Gelu. */
  static GraphBuilder batched() {
    return GraphBuilder.opset(OPSET)
        .input("x", "B", "S", WIDTH)
        .random("w1", 1, WIDTH, 64)
        .random("b1", 2, 64)
        .random("w2", 3, 64, WIDTH)
        .random("b2", 4, WIDTH)
        .initializer("root", new float[] {1.4142135f})
        .initializer("one", new float[] {1})
        .initializer("half", new float[] {0.5f})
        .node("up", "MatMul", "x, w1", "a")
        .node("up/bias", "Add", "a, b1", "b")
        .node("Div", "b, root", "c")
        .node("Erf", "c", "d")
        .node("Add", "d, one", "e")
        .node("Mul", "b, e", "f")
        .node("Mul", "f, half", "g")
        .node("down", "MatMul", "g, w2", "h")
        .node("down/bias", "Add", "b2, h", "y")
        .output("y", "B", "S", WIDTH);
  }

  /** The two convolutions of a squeeze-and-excitation block, and one that is no dense layer. */
  static GraphBuilder convolutions() {
    return GraphBuilder.opset(OPSET)
        .input("x", "N", WIDTH, 4, 4)
        .random("w1", 1, 48, WIDTH, 1, 1)
        .random("b1", 2, 48)
        .random("w2", 3, WIDTH, 48, 1, 1)
        .random("w3", 4, 8, WIDTH, 3, 3)
        .node("pool", "GlobalAveragePool", "x", "p")
        .node("squeeze", "Conv", "p, w1, b1", "a")
        .node("Relu", "a", "b")
        .node("excite", "Conv", "b, w2", "c")
        .node("Sigmoid", "c", "d")
        .node("Mul", "x, d", "e")
        .node("third", "Conv", "e, w3", "y")
        .output("y", "N", 8, 2, 2);
  }

  /** The constant on the left of Gemm and of MatMul. */
  static GraphBuilder constantLeft() {
    return GraphBuilder.opset(OPSET)
        .input("x", WIDTH, 5)
        .random("a", 1, WIDTH, 48)
        .random("c", 2, 48, 1)
        .random("b", 3, WIDTH, 48)
        .node("first", "Gemm", "a, x, c", "h", Attributes.integer("transA", 1))
        .node("Relu", "h", "i")
        .node("second", "MatMul", "b, i", "y")
        .output("y", WIDTH, 5);
  }

  /** Two Transformer blocks' feed-forward parts with residual connections and norms. */
  static GraphBuilder residual() {
    GraphBuilder graph = GraphBuilder.opset(OPSET).input("x0", "N", "L", WIDTH);
    graph.input("attention_mask", "N", "L");
    for (int i = 0; i < 2; i++) {
      graph
          .random("scale" + i, 10L * i, WIDTH)
          .random("shift" + i, 10L * i + 1, WIDTH)
          .random("up" + i, 10L * i + 2, WIDTH, 64)
          .random("down" + i, 10L * i + 3, 64, WIDTH)
          .node(
              "norm" + i,
              "LayerNormalization",
              "x%d, scale%d, shift%d".replace("%d", "" + i),
              "n" + i)
          .node("up" + i, "MatMul", "n" + i + ", up" + i, "a" + i)
          .node("Tanh", "a" + i, "b" + i)
          .node("down" + i, "MatMul", "b" + i + ", down" + i, "c" + i)
          .node("add" + i, "Add", "x" + i + ", c" + i, "x" + (i + 1));
    }
    return graph
        .node("mask", "Identity", "attention_mask", "m")
        .output("x2", "N", "L", WIDTH)
        .output("m", "N", "L");
  }

  /** One weight in two layers, once transposed. */
  static GraphBuilder tied() {
    return GraphBuilder.opset(OPSET)
        .input("x", "N", WIDTH)
        .random("w", 1, WIDTH, WIDTH)
        .random("v", 2, WIDTH, WIDTH)
        .node("first", "MatMul", "x, w", "a")
        .node("Relu", "a", "b")
        .node("second", "Gemm", "b, w", "c", Attributes.integer("transB", 1))
        .node("Relu", "c", "d")
        .node("third", "MatMul", "d, v", "y")
        .output("y", "N", WIDTH);
  }

  /** Reshape, Transpose and Flatten between layers. */
  static GraphBuilder moves() {
    return GraphBuilder.opset(OPSET)
        .input("x", 4, 6, WIDTH)
        .random("w1", 1, WIDTH, 48)
        .random("w2", 2, 48, WIDTH)
        .random("w3", 3, 48, WIDTH)
        .random("w4", 4, 6 * WIDTH, 24)
        .integers("rows", -1, 48)
        .integers("back", 4, 6, WIDTH)
        .node("first", "MatMul", "x, w1", "a")
        .node("Reshape", "a, rows", "b")
        .node("Relu", "b", "c")
        .node("second", "MatMul", "c, w2", "d")
        .node("Reshape", "d, back", "e")
        .node("Transpose", "e", "f", Attributes.integers("perm", 0, 2, 1))
        .node("third", "MatMul", "w3, f", "g")
        .node("Transpose", "f", "h", Attributes.integers("perm", 0, 2, 1))
        .node("Flatten", "h", "i")
        .node("fourth", "MatMul", "i, w4", "z")
        .output("g", 4, 48, 6)
        .output("z", 4, 24);
  }

  /** Two heads on one trunk, and a third layer that only the second head has. */
  static GraphBuilder twoOutputs() {
    return GraphBuilder.opset(OPSET)
        .input("x", "N", WIDTH)
        .random("w1", 1, WIDTH, 64)
        .random("w2", 2, 64, WIDTH)
        .random("w3", 3, 64, WIDTH)
        .random("w4", 4, WIDTH, WIDTH)
        .node("trunk", "MatMul", "x, w1", "a")
        .node("Relu", "a", "r")
        .node("left", "MatMul", "r, w2", "y")
        .node("right", "MatMul", "r, w3", "s")
        .node("Sigmoid", "s", "t")
        .node("last", "MatMul", "t, w4", "z")
        .output("y", "N", WIDTH)
        .output("z", "N", WIDTH);
  }

  /** A layer that is too narrow, one whose weight is no constant, and one of a type of its own. */
  static GraphBuilder nothingToCut() {
    return GraphBuilder.opset(OPSET)
        .input("x", "N", 6)
        .input("v", 6, 6)
        .input("k", DataType.INT32, "N", WIDTH)
        .random("w", 1, 6, 6)
        .initializer(StoredTensors.whole("q", DataType.INT32, 0, 100, WIDTH, WIDTH))
        .node("narrow", "MatMul", "x, w", "a")
        .node("computed", "MatMul", "a, v", "y")
        .node("whole", "MatMul", "k, q", "z")
        .output("y", "N", 6)
        .output("z", DataType.INT32, "N", WIDTH);
  }

  /**
   * Residual pairs, of which each survives a cut of its own.
   *
   * @param blocks for each pair into how many blocks its first and its second weight fall
   */
  static GraphBuilder stack(int[]... blocks) {
    int width = 64;
    GraphBuilder graph = GraphBuilder.opset(OPSET).input("x0", "N", width);
    for (int i = 0; i < blocks.length; i++) {
      graph
          .initializer("up" + i, blockWeight(2L * i, width, blocks[i][0]), width, width)
          .initializer("down" + i, blockWeight(2L * i + 1, width, blocks[i][1]), width, width)
          .node("first" + i, "MatMul", "x" + i + ", up" + i, "a" + i)
          .node("relu" + i, "Relu", "a" + i, "b" + i)
          .node("second" + i, "MatMul", "b" + i + ", down" + i, "c" + i)
          .node("add" + i, "Add", "x" + i + ", c" + i, "x" + (i + 1));
    }
    return graph.output("x" + blocks.length, "N", width);
  }

  private static float[] blockWeight(long seed, int width, int blocks) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] weights = new float[width * width];
    int size = width / blocks;
    for (int i = 0; i < weights.length; i++) {
      double drawn = random.nextGaussian() * 0.15;
      weights[i] = i / width / size == i % width / size ? (float) drawn : 0;
    }
    return weights;
  }

  /** A pair of layers that fall into blocks once their features are put into another order. */
  static GraphBuilder grouped() {
    int width = 64;
    int groups = 8;
    return GraphBuilder.opset(OPSET)
        .input("x", "N", width)
        .initializer("w1", groupedWeight(width, groups, 5, 3), width, width)
        .initializer("w2", groupedWeight(width, groups, 3, 7), width, width)
        .random("dense", 1, width, width)
        .node("first", "MatMul", "x, w1", "a")
        .node("Relu", "a", "b")
        .node("second", "MatMul", "b, w2", "c")
        .node("norm", "Softmax", "c", "d")
        .node("full", "MatMul", "d, dense", "y")
        .output("y", "N", width);
  }

  /** Feature i is in group i * stride modulo the number of groups. */
  private static float[] groupedWeight(int width, int groups, int stride, int nextStride) {
    SplittableRandom random = new SplittableRandom(stride);
    float[] weights = new float[width * width];
    for (int i = 0; i < weights.length; i++) {
      float drawn = (float) (random.nextGaussian() * 0.3);
      boolean same = i / width * stride % groups == i % width * nextStride % groups;
      weights[i] = same ? drawn : 0;
    }
    return weights;
  }

  /** Two layers whose weights have a rank of 6, which bridges restore. */
  static GraphBuilder lowRank() {
    int width = 64;
    return GraphBuilder.opset(OPSET)
        .input("x", "N", width)
        .initializer("w1", lowRankWeight(1, width, 2 * width), width, 2L * width)
        .initializer("w2", lowRankWeight(2, 2 * width, width), 2L * width, width)
        .node("first", "MatMul", "x, w1", "a")
        .node("Relu", "a", "r")
        .node("second", "MatMul", "r, w2", "h")
        .output("h", "N", width);
  }

  private static float[] lowRankWeight(long seed, int ins, int outs) {
    int rank = 6;
    SplittableRandom random = new SplittableRandom(seed);
    double[] left = random.doubles((long) ins * rank, -1, 1).toArray();
    double[] right = random.doubles((long) rank * outs, -1, 1).toArray();
    float[] product = new float[ins * outs];
    for (int i = 0; i < product.length; i++) {
      double sum = 0;
      for (int r = 0; r < rank; r++) {
        sum += left[i / outs * rank + r] * right[r * outs + i % outs];
      }
      product[i] = (float) (sum / Math.sqrt(ins));
    }
    return product;
  }
}
