package dev.partita.dense.find;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.LayerMatch.Matched;
import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.model.Attributes;
import dev.partita.model.Domains;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import org.jspecify.annotations.Nullable;

/**
 * {@code Y[..., N] = X[..., K] . W[K, N]}, and the Add of a constant behind it where that Add, in
 * either operand order, is the product's only reader; {@code Y[..., N, M] = W[N, K] . X[..., K, M]}
 * with the constant on the left; ONNX Runtime's FusedMatMul, whose operands may be transposed. The
 * weight may have leading axes of size 1. Refused: a weight for each place of a batch.
 */
final class MatMulForm {

  private MatMulForm() {}

  static LayerMatch match(GraphIndex index, int position, Ranks ranks) {
    NodeProto node = index.node(position);
    boolean fused = !Domains.isDefault(node.getDomain());
    boolean left = ConstantSource.of(index, node.getInput(0)) != null;
    boolean right = ConstantSource.of(index, node.getInput(1)) != null;
    if (left && right) {
      return new Refused(SkipReason.CONSTANT_PRODUCT, "Both operands are constant.");
    }
    if (fused) {
      return fused(index, position, ranks, left);
    }
    Operands operands = left ? Operands.LEFT : Operands.PLAIN;
    Weights.Found found = Weights.find(index, position, operands, false);
    if (found.refusal() != null) {
      return found.refusal();
    }
    String input = node.getInput(operands.activation());
    String output = node.getOutput(0);
    int rank = ranks.of(input);
    WeightMatrix weight = found.weights();
    if (left) {
      if (rank == 1) {
        return new Refused(
            SkipReason.UNSUPPORTED_FORM, "A constant matrix times the vector '" + input + "'.");
      }
      return new Matched(
          DenseLayer.of(
              index,
              position,
              DenseForm.MATMUL_LEFT,
              new FeatureAxis(input, -2),
              new FeatureAxis(output, -2),
              operands,
              weight,
              rank));
    }
    DenseLayer product =
        DenseLayer.of(
            index,
            position,
            DenseForm.MATMUL,
            FeatureAxis.last(input),
            FeatureAxis.last(output),
            operands,
            weight,
            rank);
    return new Matched(withAdd(index, product));
  }

  private static LayerMatch fused(GraphIndex index, int position, Ranks ranks, boolean left) {
    NodeProto node = index.node(position);
    if (left
        || Attributes.integer(node, "transBatchA", 0) != 0
        || Attributes.integer(node, "transBatchB", 0) != 0) {
      return new Refused(
          SkipReason.UNSUPPORTED_FORM,
          "FusedMatMul with the constant on the left, or with batches transposed.");
    }
    Operands operands =
        Attributes.integer(node, "transB", 0) != 0 ? Operands.OUT_FIRST : Operands.PLAIN;
    Weights.Found found = Weights.find(index, position, operands, false);
    if (found.refusal() != null) {
      return found.refusal();
    }
    boolean transposed = Attributes.integer(node, "transA", 0) != 0;
    return new Matched(
        DenseLayer.of(
                index,
                position,
                DenseForm.FUSED_MATMUL,
                new FeatureAxis(node.getInput(0), transposed ? -2 : FeatureAxis.LAST),
                FeatureAxis.last(node.getOutput(0)),
                operands,
                found.weights(),
                ranks.of(node.getInput(0)))
            .with(null, Attributes.number(node, "alpha", 1), 1));
  }

  /** Takes in the Add behind a product where it belongs to the layer. */
  private static DenseLayer withAdd(GraphIndex index, DenseLayer product) {
    Integer add = biasAdd(index, product);
    if (add == null) {
      return product;
    }
    NodeProto adding = index.node(add);
    boolean first = adding.getInput(0).equals(product.output());
    ConstantSource constant = ConstantSource.of(index, adding.getInput(first ? 1 : 0));
    if (constant == null) {
      throw new IllegalStateException(adding.getName() + " added a constant a moment ago");
    }
    return product.with(
        DenseForm.MATMUL_ADD, add, FeatureAxis.last(adding.getOutput(0)), Bias.of(constant));
  }

  /** The Add that belongs to the layer; null where the product goes elsewhere too. */
  private static @Nullable Integer biasAdd(GraphIndex index, DenseLayer layer) {
    String product = layer.output();
    ImmutableList<Integer> readers = index.consumers(product);
    if (readers.size() != 1 || index.isOutput(product)) {
      return null;
    }
    NodeProto node = index.node(readers.get(0));
    if (!node.getOpType().equals("Add")
        || !Domains.isDefault(node.getDomain())
        || node.getInputCount() != 2
        || node.getAttributeCount() != 0
        || node.getInput(0).equals(node.getInput(1))) {
      return null;
    }
    ConstantSource constant =
        ConstantSource.of(index, node.getInput(node.getInput(0).equals(product) ? 1 : 0));
    if (constant == null || !constant.format().isFloating()) {
      return null;
    }
    // A constant of higher rank than the product would raise the result's rank, and a product with
    // one column would be widened: then the Add is a node of its own.
    int rank = constant.rank();
    boolean sameRank = rank <= Math.max(layer.rank(), 1);
    long last = rank == 0 ? 1 : constant.dim(rank - 1);
    return sameRank && (last == 1 || last == layer.out()) ? readers.get(0) : null;
  }
}
