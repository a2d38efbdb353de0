package dev.partita.dense.find;

import com.google.common.collect.ImmutableSet;
import dev.partita.dense.find.LayerMatch.Matched;
import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.model.Attributes;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;

/**
 * ONNX Runtime's MatMul with a factor, whose operands may be stored transposed. Refused: the
 * constant on the left, and batches transposed.
 */
final class FusedMatMulForm extends DenseForm {

  FusedMatMulForm() {
    super("FusedMatMul", "FusedMatMul");
  }

  @Override
  boolean isMicrosoft() {
    return true;
  }

  @Override
  public ImmutableSet<String> factors() {
    return ImmutableSet.of("alpha");
  }

  @Override
  LayerMatch match(GraphIndex index, int position, Ranks ranks) {
    NodeProto node = index.node(position);
    boolean left = ConstantSource.of(index, node.getInput(0)) != null;
    if (left && ConstantSource.of(index, node.getInput(1)) != null) {
      return new Refused(SkipReason.CONSTANT_PRODUCT, "Both operands are constant.");
    }
    if (left
        || Attributes.integer(node, "transBatchA", 0) != 0
        || Attributes.integer(node, "transBatchB", 0) != 0) {
      return new Refused(
          SkipReason.UNSUPPORTED_FORM,
          "FusedMatMul has its constant on the left, or transposed batches.");
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
                this,
                new FeatureAxis(node.getInput(0), transposed ? -2 : FeatureAxis.LAST),
                FeatureAxis.last(node.getOutput(0)),
                operands,
                found.weights(),
                ranks.of(node.getInput(0)))
            .with(null, Attributes.number(node, "alpha", 1), 1));
  }
}
