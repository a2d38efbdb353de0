package dev.partita.dense.find;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.LayerMatch.Matched;
import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.model.Attributes;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import org.jspecify.annotations.Nullable;

/**
 * {@code Y[N, M] = alpha * W[N, K] . B[K, M] + beta * C}: a Gemm whose constant is on the left,
 * stored {@code [N, K]} or, with transA, {@code [K, N]}; B may be {@code [M, K]} (transB). Features
 * are rows of B and of Y. C is left out or a constant that broadcasts to Y: its rows go with the
 * features where it has N of them. Refused: a C that is computed.
 */
final class GemmLeftForm extends DenseForm {

  /** {@code W' . X + C}, by the way in which W is stored. */
  private static final Operands OUT_FIRST = new Operands(1, 0, true, 0, ImmutableList.of(2));

  private static final Operands IN_FIRST = new Operands(1, 0, false, 0, ImmutableList.of(2));

  GemmLeftForm() {
    super("W.X Gemm", "Gemm");
  }

  @Override
  public boolean isRepairable() {
    return false;
  }

  @Override
  @Nullable LayerMatch match(GraphIndex index, int position, Ranks ranks) {
    NodeProto node = index.node(position);
    if (ConstantSource.of(index, node.getInput(0)) == null) {
      return null;
    }
    Operands operands = Attributes.integer(node, "transA", 0) != 0 ? IN_FIRST : OUT_FIRST;
    Weights.Found found = Weights.find(index, position, operands, false);
    if (found.refusal() != null) {
      return found.refusal();
    }
    Refused bias = bias(index, node, found.weights().out());
    if (bias != null) {
      return bias;
    }
    boolean transposed = Attributes.integer(node, "transB", 0) != 0;
    return new Matched(
        DenseLayer.of(
                index,
                position,
                this,
                new FeatureAxis(node.getInput(1), transposed ? FeatureAxis.LAST : -2),
                new FeatureAxis(node.getOutput(0), -2),
                operands,
                found.weights(),
                2)
            .with(null, Attributes.number(node, "alpha", 1), 1));
  }

  private static @Nullable Refused bias(GraphIndex index, NodeProto node, int out) {
    if (node.getInputCount() < 3 || node.getInput(2).isEmpty()) {
      return null;
    }
    ConstantSource source = ConstantSource.of(index, node.getInput(2));
    if (source == null) {
      return new Refused(
          SkipReason.DYNAMIC_BIAS, "The bias '" + node.getInput(2) + "' is not constant.");
    }
    boolean fits =
        source.rank() < 2 || (source.rank() == 2 && (source.dim(0) == 1 || source.dim(0) == out));
    return fits
        ? null
        : new Refused(SkipReason.UNSUPPORTED_FORM, "The bias has the shape " + source.dims() + ".");
  }
}
