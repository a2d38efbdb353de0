package dev.partita.rewrite;

import dev.partita.dense.Bias;
import dev.partita.dense.DenseForm;
import dev.partita.dense.DenseLayer;
import dev.partita.dense.WeightMatrix;
import dev.partita.model.Nodes;
import dev.partita.model.Tensors;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.rewrite.EmittedNode.Role;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Emits one block of a dense layer, or the whole of it with its inputs in another order.
 *
 * <pre>
 *   Gemm(x, W, C)           ->  Gemm(x_p, W[I_p, J_p], C[J_p])
 *   MatMul(x, W)            ->  MatMul(x_p, W[I_p, J_p])
 *   Add(MatMul(x, W), b)    ->  Add(MatMul(x_p, W[I_p, J_p]), b[J_p]), or a Gemm where x has rank 2
 *                               and b is the same for every row
 * </pre>
 *
 * A Gemm is what ONNX Runtime would fuse the pair into, losing the metadata of both.
 */
final class LayerEmitter {

  private final Emission emission;
  private long parameters;

  LayerEmitter(Emission emission) {
    this.emission = emission;
  }

  /** Weights and biases emitted so far. */
  long parameters() {
    return parameters;
  }

  /**
   * What to emit.
   *
   * @param layer the original
   * @param branch the branch; -1 for a whole layer
   * @param suffix appended to the names of constants and, in a branch, of nodes
   * @param input the value that the block reads
   * @param ins features of the input, in the order in which it holds them
   * @param outs features to compute
   * @param output the value to make
   * @param weights recomputed weights in the order of {@code ins} and {@code outs}; null to keep
   *     the original's
   */
  record Block(
      DenseLayer layer,
      int branch,
      String suffix,
      String input,
      int[] ins,
      int[] outs,
      String output,
      @Nullable BlockWeights weights) {}

  void emit(Block block) {
    DenseLayer layer = block.layer();
    int product = layer.nodes().get(0);
    int last = layer.nodes().get(layer.nodes().size() - 1);
    String name = named(layer.name(), block);
    boolean hasBias = layer.bias() != null || block.weights() != null;
    boolean gemm =
        layer.form() == DenseForm.GEMM || (layer.rank() == 2 && hasBias && isOneRow(layer.bias()));
    int position = gemm ? last : product;
    String weight = weight(product, block);
    if (gemm) {
      NodeProto.Builder node =
          Nodes.of("Gemm", name, List.of(block.input(), weight), block.output()).toBuilder();
      if (hasBias) {
        node.addInput(bias(product, block));
      }
      if (layer.form() == DenseForm.GEMM) {
        attributes(layer, block.weights() != null, node);
      }
      product(position, node.build(), block);
    } else if (hasBias) {
      String between = emission.fresh(block.output() + "/product");
      product(position, Nodes.of("MatMul", name, List.of(block.input(), weight), between), block);
      String added = named(addName(layer), block);
      NodeProto add =
          Nodes.of("Add", added, List.of(between, bias(product, block)), block.output());
      emission.node(
          last, add, block.branch(), addName(layer), Role.FEATURE_WISE, 0, block.outs().length);
    } else {
      product(
          position,
          Nodes.of("MatMul", name, List.of(block.input(), weight), block.output()),
          block);
    }
  }

  /** A Gemm's bias may not bring rows of its own, as that of an Add may. */
  private static boolean isOneRow(@Nullable Bias bias) {
    return bias == null || bias.kind() == Bias.Kind.SCALAR || bias.kind() == Bias.Kind.PER_FEATURE;
  }

  /** A whole layer is the same node as before; a block is a new one. */
  private String named(String origin, Block block) {
    return block.branch() < 0 ? origin : emission.fresh(origin + block.suffix());
  }

  private void product(int position, NodeProto node, Block block) {
    emission.node(
        position,
        node,
        block.branch(),
        block.layer().name(),
        Role.PRODUCT,
        block.ins().length,
        block.outs().length);
  }

  /** The Add of the original, or the product where the bias is new. */
  private String addName(DenseLayer layer) {
    return layer.nodes().size() > 1
        ? emission.index().nodeName(layer.nodes().get(1))
        : layer.name() + "/bias";
  }

  private void attributes(DenseLayer layer, boolean recomputed, NodeProto.Builder node) {
    NodeProto original = emission.index().node(layer.nodes().get(0));
    original.getAttributeList().stream()
        // Recomputed weights hold the factors already.
        .filter(a -> !recomputed || !(a.getName().equals("alpha") || a.getName().equals("beta")))
        .forEach(node::addAttribute);
  }

  private String weight(int position, Block block) {
    WeightMatrix whole = block.layer().weight();
    int ins = block.ins().length;
    int outs = block.outs().length;
    parameters += (long) ins * outs;
    BlockWeights recomputed = block.weights();
    String name = emission.fresh(block.layer().weightName() + block.suffix());
    int rows = whole.transposed() ? outs : ins;
    int columns = whole.transposed() ? ins : outs;
    TensorProto tensor;
    if (recomputed == null) {
      tensor =
          Tensors.ofBytes(
              name,
              TensorProto.DataType.FLOAT_VALUE,
              BlockGather.gather(whole, block.ins(), block.outs(), emission.scratch()),
              rows,
              columns);
    } else {
      float[] values =
          whole.transposed()
              ? WeightMatrix.transpose(recomputed.weight(), ins, outs)
              : recomputed.weight();
      tensor = Tensors.ofFloats(emission.scratch(), name, values, rows, columns);
    }
    return emission.constant(position, tensor);
  }

  private String bias(int position, Block block) {
    DenseLayer layer = block.layer();
    Bias bias = layer.bias();
    BlockWeights recomputed = block.weights();
    if (recomputed != null) {
      String base = bias == null ? layer.name() + "/bias" : bias.value();
      TensorProto shifted =
          BiasShift.shift(
              emission.index().model(),
              layer,
              block.outs(),
              recomputed.biasShift(),
              emission.fresh(base + block.suffix()));
      parameters += Tensors.elements(shifted.getName(), shifted);
      return emission.constant(position, shifted);
    }
    if (bias == null) {
      throw new IllegalStateException(layer.name() + " has no bias");
    }
    if (bias.kind() == Bias.Kind.SCALAR || bias.kind() == Bias.Kind.PER_ROW) {
      return bias.value();
    }
    TensorProto cut =
        Tensors.selectLast(
            emission.scratch(),
            emission.index().model(),
            bias.tensor(),
            block.outs(),
            emission.fresh(bias.value() + block.suffix()));
    parameters += Tensors.elements(cut.getName(), cut);
    return emission.constant(position, cut);
  }
}
