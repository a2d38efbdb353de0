package dev.partita.dense.find;

import dev.partita.dense.find.LayerMatch.Matched;
import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import org.jspecify.annotations.Nullable;

/**
 * {@code Y[..., N] = X[..., K] . W[K, N]}, X of any rank. The weight may have leading axes of size
 * 1. Refused: a weight for each place of a batch. Where the constant is on the left, {@link
 * MatMulLeftForm} takes over.
 */
final class MatMulForm extends DenseForm {

  MatMulForm() {
    super("MatMul", "MatMul");
  }

  @Override
  public boolean isPlain() {
    return true;
  }

  @Override
  @Nullable LayerMatch match(GraphIndex index, int position, Ranks ranks) {
    NodeProto node = index.node(position);
    if (ConstantSource.of(index, node.getInput(0)) != null) {
      return ConstantSource.of(index, node.getInput(1)) == null
          ? null
          : new Refused(SkipReason.CONSTANT_PRODUCT, "Both operands are constant.");
    }
    Weights.Found found = Weights.find(index, position, Operands.PLAIN, false);
    return found.refusal() != null
        ? found.refusal()
        : new Matched(
            DenseLayer.of(
                index,
                position,
                this,
                FeatureAxis.last(node.getInput(0)),
                FeatureAxis.last(node.getOutput(0)),
                Operands.PLAIN,
                found.weights(),
                ranks.of(node.getInput(0))));
  }
}
