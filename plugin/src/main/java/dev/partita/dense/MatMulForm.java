package dev.partita.dense;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.LayerMatch.Matched;
import dev.partita.dense.LayerMatch.Refused;
import dev.partita.model.GraphIndex;
import dev.partita.model.Tensors;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import org.jspecify.annotations.Nullable;

/**
 * {@code Y[..., N] = X[..., K] . W[K, N]}, and the Add of a constant behind it where that Add, in
 * either operand order, is the product's only reader. Refused: the constant on the left, and
 * weights of other ranks than 2.
 */
final class MatMulForm {

  private MatMulForm() {}

  static LayerMatch match(GraphIndex index, int position) {
    NodeProto node = index.node(position);
    String input = node.getInput(0);
    String weight = node.getInput(1);
    if (index.constant(input) != null) {
      return index.constant(weight) != null
          ? new Refused(SkipReason.CONSTANT_PRODUCT, "Both operands are constant.")
          : new Refused(
              SkipReason.UNSUPPORTED_FORM, "The constant operand '" + input + "' is on the left.");
    }
    Refused refusal = Weights.refusal(index, weight);
    if (refusal != null) {
      return refusal;
    }
    WeightMatrix matrix = Weights.matrix(index, weight, false);
    int rank = Weights.rank(index, input);
    String product = node.getOutput(0);
    Integer add = biasAdd(index, product, matrix.out(), rank);
    if (add == null) {
      return new Matched(
          new DenseLayer(
              index.nodeName(position),
              DenseForm.MATMUL,
              ImmutableList.of(position),
              input,
              product,
              weight,
              matrix,
              null,
              1,
              1,
              rank));
    }
    NodeProto adding = index.node(add);
    String constant = adding.getInput(adding.getInput(0).equals(product) ? 1 : 0);
    TensorProto tensor = index.constant(constant);
    if (tensor == null) {
      throw new IllegalStateException(constant + " was constant a moment ago");
    }
    return new Matched(
        new DenseLayer(
            index.nodeName(position),
            DenseForm.MATMUL_ADD,
            ImmutableList.of(position, add),
            input,
            adding.getOutput(0),
            weight,
            matrix,
            new Bias(constant, tensor, Bias.kindOf(tensor)),
            1,
            1,
            rank));
  }

  /** The Add that belongs to the layer; null where the product goes elsewhere too. */
  private static @Nullable Integer biasAdd(GraphIndex index, String product, int out, int rank) {
    ImmutableList<Integer> readers = index.consumers(product);
    if (readers.size() != 1 || index.isOutput(product)) {
      return null;
    }
    NodeProto node = index.node(readers.get(0));
    if (!node.getOpType().equals("Add")
        || node.getInputCount() != 2
        || node.getAttributeCount() != 0
        || node.getInput(0).equals(node.getInput(1))) {
      return null;
    }
    TensorProto tensor = index.constant(node.getInput(node.getInput(0).equals(product) ? 1 : 0));
    if (tensor == null || !Tensors.isFloat(tensor)) {
      return null;
    }
    // A constant of higher rank than the product would raise the result's rank, and a product with
    // one column would be widened: then the Add is a node of its own.
    boolean sameRank = tensor.getDimsCount() <= Math.max(rank, 1);
    long last = tensor.getDimsCount() == 0 ? 1 : tensor.getDims(tensor.getDimsCount() - 1);
    return sameRank && (last == 1 || last == out) ? readers.get(0) : null;
  }
}
