package dev.partita.dense.find;

import dev.partita.dense.find.LayerMatch.Matched;
import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import org.jspecify.annotations.Nullable;

/**
 * {@code Y[..., N, M] = W[N, K] . X[..., K, M]}: a MatMul whose constant is on the left. Refused: a
 * constant matrix times a vector.
 */
final class MatMulLeftForm extends DenseForm {

  MatMulLeftForm() {
    super("W.X MatMul", "MatMul");
  }

  @Override
  @Nullable LayerMatch match(GraphIndex index, int position, Ranks ranks) {
    NodeProto node = index.node(position);
    if (ConstantSource.of(index, node.getInput(0)) == null) {
      return null;
    }
    Weights.Found found = Weights.find(index, position, Operands.LEFT, false);
    if (found.refusal() != null) {
      return found.refusal();
    }
    String input = node.getInput(1);
    int rank = ranks.of(input);
    return rank == 1
        ? new Refused(
            SkipReason.UNSUPPORTED_FORM,
            "It multiplies a constant matrix by the vector '" + input + "'.")
        : new Matched(
            DenseLayer.of(
                index,
                position,
                this,
                new FeatureAxis(input, -2),
                new FeatureAxis(node.getOutput(0), -2),
                Operands.LEFT,
                found.weights(),
                rank));
  }
}
