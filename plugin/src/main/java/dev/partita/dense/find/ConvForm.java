package dev.partita.dense.find;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.LayerMatch.Matched;
import dev.partita.model.Attributes;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import org.jspecify.annotations.Nullable;

/**
 * A convolution of {@code 1 x 1} on maps of {@code 1 x 1}: {@code Y[B, N, 1, 1] = X[B, K, 1, 1] . W
 * + b}, as squeeze-and-excitation blocks and heads behind a global pool have. Any other convolution
 * is not a dense layer.
 */
final class ConvForm extends DenseForm {

  private static final int BIAS = 2;

  ConvForm() {
    super("1x1 Conv", "Conv");
  }

  @Override
  int since() {
    return 1;
  }

  @Override
  public int biasInput() {
    return BIAS;
  }

  @Override
  @Nullable LayerMatch match(GraphIndex index, int position, Ranks ranks) {
    NodeProto node = index.node(position);
    ConstantSource source = ConstantSource.of(index, node.getInput(1));
    if (source == null
        || !PointMaps.hasNoExtent(node, source)
        || Attributes.integer(node, "group", 1) != 1) {
      return null;
    }
    int spatial = source.rank() - 2;
    String input = node.getInput(0);
    if (!PointMaps.isPoint(index, ranks, input, spatial)) {
      return null;
    }
    Operands operands = new Operands(0, 1, true, spatial, ImmutableList.of());
    Weights.Found found = Weights.find(index, position, operands, false);
    if (found.refusal() != null) {
      return found.refusal();
    }
    Bias bias = null;
    if (node.getInputCount() > BIAS && !node.getInput(BIAS).isEmpty()) {
      ConstantSource added = ConstantSource.of(index, node.getInput(BIAS));
      if (added == null || added.rank() != 1) {
        return null;
      }
      bias = Bias.of(added);
    }
    return new Matched(
        DenseLayer.of(
                index,
                position,
                this,
                new FeatureAxis(input, -1 - spatial),
                new FeatureAxis(node.getOutput(0), -1 - spatial),
                operands,
                found.weights(),
                source.rank())
            .with(bias, 1, 1));
  }
}
