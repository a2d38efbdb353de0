package dev.partita.dense.find;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.LayerMatch.Matched;
import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import org.jspecify.annotations.Nullable;

/**
 * Products of whole numbers.
 *
 * <pre>
 *   MatMulInteger(A, B, a0, b0)                          a0, b0 may be left out
 *   QLinearMatMul(A, sa, a0, B, sb, b0, sy, y0)
 * </pre>
 *
 * B, its scale and its zero point have to be constant, the latter two one number or one for each
 * output. What belongs to A and Y is taken over as it is, so that it may not differ along the axes
 * that are cut.
 */
final class IntegerForm extends DenseForm {

  private final Operands operands;
  private final int fewestInputs;
  private final ImmutableList<Integer> numbers;

  private IntegerForm(
      String operator, Operands operands, int fewestInputs, ImmutableList<Integer> numbers) {
    super(operator, operator);
    this.operands = operands;
    this.fewestInputs = fewestInputs;
    this.numbers = numbers;
  }

  /** A product of whole numbers: {@code Y = (A - a0) . (B - b0)}, 32 bits wide. */
  static DenseForm plain() {
    Operands operands = new Operands(0, 1, false, 0, ImmutableList.of(3));
    return new IntegerForm("MatMulInteger", operands, 2, ImmutableList.of());
  }

  /** A product of whole numbers that are scaled before and after. */
  static DenseForm linear() {
    Operands operands = new Operands(0, 3, false, 0, ImmutableList.of(4, 5));
    return new IntegerForm("QLinearMatMul", operands, 8, ImmutableList.of(6, 7));
  }

  @Override
  public boolean isRepairable() {
    return false;
  }

  @Override
  LayerMatch match(GraphIndex index, int position, Ranks ranks) {
    NodeProto node = index.node(position);
    if (node.getInputCount() < fewestInputs) {
      return new Refused(SkipReason.UNSUPPORTED_FORM, "It has too few inputs.");
    }
    Weights.Found found = Weights.find(index, position, operands, true);
    if (found.refusal() != null) {
      return found.refusal();
    }
    if (ConstantSource.of(index, node.getInput(0)) != null) {
      return new Refused(SkipReason.CONSTANT_PRODUCT, "Both operands are constant.");
    }
    for (int input : operands.perOutput()) {
      if (!isPerOutput(index, node, input, found.weights().out())) {
        return new Refused(
            SkipReason.UNSUPPORTED_FORM,
            "The scale or zero point '"
                + node.getInput(input)
                + "' of the weight is neither a single constant nor one constant per output.");
      }
    }
    for (int input : numbers) {
      ConstantSource source = ConstantSource.of(index, node.getInput(input));
      if (source == null || !source.isScalar()) {
        return new Refused(
            SkipReason.UNSUPPORTED_FORM,
            "The scale or zero point '" + node.getInput(input) + "' is not a single constant.");
      }
    }
    return new Matched(
        DenseLayer.of(
            index,
            position,
            this,
            FeatureAxis.last(node.getInput(0)),
            FeatureAxis.last(node.getOutput(0)),
            operands,
            found.weights(),
            ranks.of(node.getInput(0))));
  }

  private static boolean isPerOutput(GraphIndex index, NodeProto node, int input, int out) {
    if (input >= node.getInputCount() || node.getInput(input).isEmpty()) {
      return true;
    }
    @Nullable ConstantSource source = ConstantSource.of(index, node.getInput(input));
    return source != null && (source.isScalar() || (source.rank() == 1 && source.dim(0) == out));
  }
}
