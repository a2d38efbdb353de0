package dev.partita.gradient;

import com.google.common.collect.ImmutableMap;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.facts.Operator;
import dev.partita.onnx.facts.Operators;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Goes through a graph from its end to its beginning and emits the gradient of every value that is
 * looked for (reverse accumulation).
 */
final class Differentiation {

  private static final ImmutableMap<String, OperatorGradient> GRADIENTS =
      ImmutableMap.<String, OperatorGradient>builder()
          .putAll(ElementwiseGradients.all())
          .putAll(ArithmeticGradients.all())
          .putAll(ProductGradients.all())
          .putAll(ShapeGradients.all())
          .putAll(ReductionGradients.all())
          .buildOrThrow();

  private final GraphIndex index;
  private final Emitter emitter;
  private final Map<String, ValueType> types;
  private final Set<String> wanted;
  private final Set<String> closed;
  private final Map<String, List<String>> parts = new HashMap<>();

  /**
   * A pass.
   *
   * @param types of every value that a node on the way reads or makes
   * @param wanted the values whose gradients are looked for
   * @param closed values that take no gradient from the nodes that read them
   */
  Differentiation(
      GraphIndex index,
      Emitter emitter,
      Map<String, ValueType> types,
      Set<String> wanted,
      Set<String> closed) {
    this.index = index;
    this.emitter = emitter;
    this.types = types;
    this.wanted = wanted;
    this.closed = closed;
  }

  /** Adds to the gradient of a value. */
  void add(String value, String gradient) {
    parts.computeIfAbsent(value, key -> new ArrayList<>()).add(gradient);
  }

  private void give(String value, String gradient) {
    if (!closed.contains(value)) {
      add(value, gradient);
    }
  }

  /** The operators that gradients go through. */
  static Set<String> operators() {
    return GRADIENTS.keySet();
  }

  /** Emits the whole pass. */
  void run() {
    for (int position = index.size() - 1; position >= 0; position--) {
      NodeProto node = index.node(position);
      Map<String, String> known = new HashMap<>();
      for (String output : node.getOutputList()) {
        String gradient = wanted.contains(output) ? gradient(output) : null;
        if (gradient != null) {
          known.put(output, gradient);
        }
      }
      if (!known.isEmpty() && node.getInputList().stream().anyMatch(this::isOpen)) {
        Step step = new Step(index, position, emitter, types, wanted, known, this::give);
        gradientOf(step).emit(step);
      }
    }
  }

  private boolean isOpen(String value) {
    return wanted.contains(value) && !closed.contains(value);
  }

  private static OperatorGradient gradientOf(Step step) {
    Operator operator = Operators.of(step.node());
    OperatorGradient gradient = operator.isDifferentiable() ? GRADIENTS.get(operator.name()) : null;
    if (gradient == null) {
      throw step.refuse("");
    }
    return gradient;
  }

  /** The gradient of a value so far; null where no loss depends on it. */
  @Nullable String gradient(String value) {
    List<String> all = parts.get(value);
    if (all == null) {
      return null;
    }
    if (all.size() > 1) {
      String sum = emitter.node("Sum", all);
      all.clear();
      all.add(sum);
    }
    return all.get(0);
  }
}
