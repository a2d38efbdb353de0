package dev.partita.dense.find;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.LayerMatch.Matched;
import dev.partita.model.Attributes;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.facts.Operators;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A convolution of {@code 1 x 1} on maps of {@code 1 x 1}: {@code Y[B, N, 1, 1] = X[B, K, 1, 1] . W
 * + b}, as squeeze-and-excitation blocks and heads behind a global pool have. Any other convolution
 * is not a dense layer.
 */
final class ConvForm extends DenseForm {

  private static final int BIAS = 2;
  private static final int MOST_STEPS = 50;

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
    if (source == null || source.rank() < 3 || !hasNoExtent(node, source)) {
      return null;
    }
    int spatial = source.rank() - 2;
    String input = node.getInput(0);
    if (!isPoint(index, ranks, input, spatial)) {
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

  private static boolean hasNoExtent(NodeProto node, ConstantSource weight) {
    boolean small = IntStream.range(2, weight.rank()).allMatch(axis -> weight.dim(axis) == 1);
    List<Long> pads = Attributes.ints(node, "pads");
    return small
        && Attributes.integer(node, "group", 1) == 1
        && (pads == null || pads.stream().allMatch(pad -> pad == 0));
  }

  /** Whether every spatial axis of a value has one place. */
  private static boolean isPoint(GraphIndex index, Ranks ranks, String of, int spatial) {
    String value = of;
    for (int step = 0; step < MOST_STEPS; step++) {
      String at = value;
      if (IntStream.rangeClosed(1, spatial).allMatch(axis -> ranks.dim(at, -axis) == 1)) {
        return true;
      }
      OptionalInt producer = index.producer(value);
      if (producer.isEmpty()) {
        return false;
      }
      NodeProto node = index.node(producer.getAsInt());
      switch (node.getOpType()) {
        case "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool" -> {
          return true;
        }
        case "Conv" -> {
          ConstantSource weight =
              node.getInputCount() < 2 ? null : ConstantSource.of(index, node.getInput(1));
          if (weight == null || !hasNoExtent(node, weight)) {
            return false;
          }
          value = node.getInput(0);
        }
        default -> {
          if (!Operators.named(node.getOpType()).isElementwise() || node.getInputCount() == 0) {
            return false;
          }
          value = node.getInput(0);
        }
      }
    }
    return false;
  }
}
