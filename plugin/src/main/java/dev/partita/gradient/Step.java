package dev.partita.gradient;

import com.google.common.collect.ImmutableList;
import dev.partita.model.Attributes;
import dev.partita.model.ElementType;
import dev.partita.model.GraphIndex;
import dev.partita.model.Tensors;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** One node on the way back. */
final class Step {

  private final GraphIndex index;
  private final int position;
  private final NodeProto node;
  private final Emitter emitter;
  private final Map<String, ValueType> types;
  private final Set<String> wanted;
  private final Map<String, String> gradients;
  private final BiConsumer<String, String> sink;

  /**
   * A step.
   *
   * @param wanted the values whose gradients are looked for
   * @param gradients what is known of the node's outputs
   * @param sink takes an input's name and a gradient of it
   */
  Step(
      GraphIndex index,
      int position,
      Emitter emitter,
      Map<String, ValueType> types,
      Set<String> wanted,
      Map<String, String> gradients,
      BiConsumer<String, String> sink) {
    this.index = index;
    this.position = position;
    this.node = index.node(position);
    this.emitter = emitter;
    this.types = types;
    this.wanted = wanted;
    this.gradients = gradients;
    this.sink = sink;
  }

  NodeProto node() {
    return node;
  }

  Emitter emit() {
    return emitter;
  }

  int inputs() {
    return node.getInputCount();
  }

  boolean has(int input) {
    return input < node.getInputCount() && !node.getInput(input).isEmpty();
  }

  String in(int input) {
    return node.getInput(input);
  }

  String out() {
    return node.getOutput(0);
  }

  /** Whether an input's gradient is looked for. */
  boolean wants(int input) {
    return has(input) && wanted.contains(in(input));
  }

  /** The gradient of the first output. */
  String dy() {
    return dy(0);
  }

  /** The gradient of an output, which has one. */
  String dy(int output) {
    String gradient = dyOrNull(output);
    if (gradient == null) {
      throw refuse(": only output " + output + " of it is covered");
    }
    return gradient;
  }

  @Nullable String dyOrNull(int output) {
    return gradients.get(node.getOutput(output));
  }

  /** Hands an input its gradient, of the input's own shape. */
  void give(int input, String gradient) {
    sink.accept(in(input), gradient);
  }

  /** Hands an operand that may have been repeated its gradient, of the shape of the output. */
  void giveRepeated(int input, String gradient) {
    give(input, emitter.unbroadcast(gradient, type(out()).dims(), in(input), type(in(input))));
  }

  ValueType type(String value) {
    ValueType type = types.get(value);
    if (type == null) {
      throw refuse(": nothing is known of '" + value + "'");
    }
    return type;
  }

  ValueType typeIn(int input) {
    return type(in(input));
  }

  ElementType format() {
    return type(out()).format();
  }

  String scalar(double value) {
    return emitter.scalar(value, format());
  }

  long integer(String attribute, long absent) {
    return Attributes.integer(node, attribute, absent);
  }

  float number(String attribute, float absent) {
    return Attributes.number(node, attribute, absent);
  }

  /** Whole numbers in an attribute or, in newer sets, in a constant input. */
  @Nullable List<Long> longs(String attribute, int input) {
    List<Long> values = Attributes.ints(node, attribute);
    if (values != null || !has(input)) {
      return values;
    }
    return constantLongs(input);
  }

  /** The elements of an input, which must be a constant. */
  List<Long> constantLongs(int input) {
    TensorProto constant = index.constant(in(input));
    List<Long> values = constant == null ? null : Tensors.longs(index.model(), constant);
    if (values == null) {
      throw refuse(": '" + in(input) + "' is not a constant");
    }
    return ImmutableList.copyOf(values);
  }

  /** The one element of an input, which must be a constant. */
  double constantNumber(int input) {
    TensorProto constant = index.constant(in(input));
    if (constant == null || Tensors.elements("", constant) != 1) {
      throw refuse(": '" + in(input) + "' is not a single constant number");
    }
    List<Long> whole = Tensors.longs(index.model(), constant);
    return whole == null ? Tensors.view(index.model(), constant).get(0) : (double) whole.get(0);
  }

  NotDifferentiableException refuse(String why) {
    return new NotDifferentiableException(node.getOpType(), index.nodeName(position), why);
  }
}
