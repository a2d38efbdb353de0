package dev.partita.rewrite;

import dev.partita.dense.find.ConstantSource;
import dev.partita.dense.find.DecodeStep;
import dev.partita.model.Attributes;
import dev.partita.model.ElementType;
import dev.partita.model.TensorCut;
import dev.partita.model.Tensors;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.rewrite.EmittedNode.Role;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Emits parts of constant operands: the stored tensor is cut, in the type and with the bits that it
 * has, and what turns it into the operand is copied. What only changed its shape is not needed any
 * more, since the part is stored in the operand's shape.
 *
 * <pre>
 *   W (int8, [N, K]) -> DequantizeLinear(axis 0) -> Transpose -> operand [K, N]
 *   W[J_p, I_p]' (int8, [K_p, N_p]) -> DequantizeLinear(axis 1, scale[J_p]) -> operand
 * </pre>
 */
final class ConstantEmitter {

  private final Emission emission;

  ConstantEmitter(Emission emission) {
    this.emission = emission;
  }

  /**
   * Where a constant is needed.
   *
   * @param position of the node that reads it
   * @param branch the branch; -1 for what is computed once
   * @param origin the node of the original that reads it
   * @param suffix appended to names
   */
  record Place(int position, int branch, String origin, String suffix) {}

  /**
   * Emits a part and returns the name of the value that holds it.
   *
   * @param selection for each axis of the operand the places to keep; null for all
   */
  String part(Place place, ConstantSource source, List<int @Nullable []> selection) {
    if (selection.stream().allMatch(Objects::isNull)) {
      return source.value();
    }
    TensorProto cut =
        TensorCut.cut(
            emission.index().model(),
            source.stored(),
            source.storedDims(),
            source.order(),
            selection,
            emission.fresh(source.value() + place.suffix()),
            emission.scratch());
    String value = emission.constant(place.position(), cut);
    for (DecodeStep step : source.steps()) {
      value = step(place, step, value, selection);
    }
    return value;
  }

  /** A part of a list, or the whole value if it is not a list. */
  String part(Place place, ConstantSource source, int @Nullable [] places) {
    return source.isScalar() || places == null
        ? source.value()
        : part(place, source, Arrays.asList(new int @Nullable [][] {places}));
  }

  private String step(
      Place place, DecodeStep step, String input, List<int @Nullable []> selection) {
    NodeProto.Builder node = step.node().toBuilder();
    if (step instanceof DecodeStep.Linear linear) {
      int[] places = linear.axis() < 0 ? null : selection.get(linear.axis());
      if (linear.axis() >= 0) {
        node = Attributes.withInteger(step.node(), "axis", linear.axis());
      }
      node.setInput(1, part(place, linear.scale(), places));
      ConstantSource zero = linear.zeroPoint();
      if (zero != null) {
        node.setInput(2, part(place, zero, places));
      }
    }
    return copy(place, node, input);
  }

  private String copy(Place place, NodeProto.Builder node, String input) {
    String made = node.getOutput(0);
    String value = emission.fresh(made + place.suffix());
    String name = node.getName().isEmpty() ? made : node.getName();
    node.setInput(0, input).setOutput(0, value).setName(emission.fresh(name + place.suffix()));
    emission.node(place.position(), node.build(), place.branch(), place.origin(), Role.CONSTANT, 0);
    return value;
  }

  /**
   * Emits recomputed elements that replace a constant, in the type that it is stored in, and
   * returns the name of the value that holds them.
   *
   * @param values row-major
   * @param dims their shape, with as many axes as the operand has
   */
  String recomputed(Place place, ConstantSource source, float[] values, long[] dims) {
    DecodeStep.Linear linear = null;
    for (DecodeStep step : source.steps()) {
      if (step instanceof DecodeStep.Linear found && !found.quantizes()) {
        linear = found;
      }
    }
    String base = emission.fresh(source.value() + place.suffix());
    if (linear == null) {
      // Stored as real numbers, so only roundings follow.
      TensorProto tensor =
          Tensors.ofNumbers(
              base, Tensors.format(source.stored()), values, emission.scratch(), dims);
      String value = emission.constant(place.position(), tensor);
      for (DecodeStep step : source.steps()) {
        if (step instanceof DecodeStep.Cast) {
          value = copy(place, step.node().toBuilder(), value);
        }
      }
      return value;
    }
    return quantized(place, source, linear, values, dims, base);
  }

  private String quantized(
      Place place,
      ConstantSource source,
      DecodeStep.Linear linear,
      float[] values,
      long[] dims,
      String base) {
    ElementType stored = Tensors.format(source.stored());
    for (DecodeStep step : source.steps().subList(0, source.steps().indexOf(linear))) {
      stored = step.to();
    }
    Requantized again = Requantized.of(values, dims, linear, stored);
    int position = place.position();
    TensorProto elements =
        Tensors.ofNumbers(base, again.format(), again.elements(), emission.scratch(), dims);
    long[] shape = linear.axis() < 0 ? new long[0] : new long[] {again.scales().length};
    NodeProto.Builder node =
        linear.axis() < 0
            ? linear.node().toBuilder()
            : Attributes.withInteger(linear.node(), "axis", linear.axis());
    node.setInput(
        1,
        emission.constant(
            position,
            Tensors.ofNumbers(
                emission.fresh(base + "/scale"),
                linear.scale().format(),
                again.scales(),
                emission.scratch(),
                shape)));
    if (linear.zeroPoint() != null) {
      float[] zeros = new float[again.scales().length];
      Arrays.fill(zeros, again.zeroPoint());
      node.setInput(
          2,
          emission.constant(
              position,
              Tensors.ofNumbers(
                  emission.fresh(base + "/zero_point"),
                  again.format(),
                  zeros,
                  emission.scratch(),
                  shape)));
    }
    String value = copy(place, node, emission.constant(position, elements));
    boolean behind = false;
    for (DecodeStep step : source.steps()) {
      if (behind && step instanceof DecodeStep.Cast) {
        value = copy(place, step.node().toBuilder(), value);
      }
      behind |= step.equals(linear);
    }
    return value;
  }
}
