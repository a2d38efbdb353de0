package dev.partita.gradient;

import com.google.common.collect.ImmutableMap;
import dev.partita.model.Attributes;
import dev.partita.onnx.AttributeProto;
import java.util.List;

/** Operators of one operand that work on each element alone. */
final class ElementwiseGradients {

  private ElementwiseGradients() {}

  /** The derivative of the output by the input, an expression in both. */
  @FunctionalInterface
  private interface Derivative {
    String of(Step step, Emitter e, String x, String y);
  }

  static ImmutableMap<String, OperatorGradient> all() {
    return ImmutableMap.<String, OperatorGradient>builder()
        .put("Identity", step -> step.give(0, step.dy()))
        .put("Dropout", step -> step.give(0, step.dy()))
        .put("Cast", step -> step.give(0, step.emit().cast(step.dy(), step.typeIn(0).format())))
        .put("Neg", step -> step.give(0, step.emit().node("Neg", List.of(step.dy()))))
        .put("Exp", times((step, e, x, y) -> y))
        .put("Log", step -> step.give(0, step.emit().div(step.dy(), step.in(0))))
        .put("Sqrt", times((step, e, x, y) -> e.div(step.scalar(0.5), y)))
        .put("Reciprocal", times((step, e, x, y) -> e.node("Neg", List.of(e.mul(y, y)))))
        .put("Abs", times((step, e, x, y) -> sign(step, e, x)))
        .put(
            "Erf",
            times(
                (step, e, x, y) ->
                    e.mul(step.scalar(2 / Math.sqrt(Math.PI)), gauss(step, e, x, -1))))
        .put("Tanh", times((step, e, x, y) -> e.sub(step.scalar(1), e.mul(y, y))))
        .put("Sigmoid", times((step, e, x, y) -> e.mul(y, e.sub(step.scalar(1), y))))
        .put("Softplus", times((step, e, x, y) -> e.node("Sigmoid", List.of(x))))
        .put("Softsign", times(ElementwiseGradients::softsign))
        .put("Relu", times((step, e, x, y) -> positive(step, e, y)))
        .put(
            "LeakyRelu",
            times((step, e, x, y) -> positiveOr(step, e, x, step.number("alpha", 0.01f))))
        .put("Elu", times(ElementwiseGradients::elu))
        .put("Clip", times(ElementwiseGradients::unchanged))
        .put("HardSigmoid", times(ElementwiseGradients::hardSigmoid))
        .put("HardSwish", times(ElementwiseGradients::hardSwish))
        .put("Gelu", times(ElementwiseGradients::gelu))
        .put("QuickGelu", times(ElementwiseGradients::quickGelu))
        .buildOrThrow();
  }

  private static OperatorGradient times(Derivative derivative) {
    return step -> {
      String slope = derivative.of(step, step.emit(), step.in(0), step.out());
      step.give(0, step.emit().mul(step.dy(), slope));
    };
  }

  private static String positive(Step step, Emitter e, String value) {
    return e.greater(value, step.scalar(0), step.format());
  }

  private static String sign(Step step, Emitter e, String x) {
    return e.sub(positive(step, e, x), e.greater(step.scalar(0), x, step.format()));
  }

  /** 1 for what is positive, the slope for the rest. */
  private static String positiveOr(Step step, Emitter e, String x, double slope) {
    return e.add(step.scalar(slope), e.mul(step.scalar(1 - slope), positive(step, e, x)));
  }

  /** {@code exp(factor x^2)}. */
  private static String gauss(Step step, Emitter e, String x, double factor) {
    return e.node("Exp", List.of(e.mul(step.scalar(factor), e.mul(x, x))));
  }

  private static String softsign(Step step, Emitter e, String x, String y) {
    String one = e.add(step.scalar(1), e.node("Abs", List.of(x)));
    return e.node("Reciprocal", List.of(e.mul(one, one)));
  }

  /** y + alpha is the derivative where x is negative. */
  private static String elu(Step step, Emitter e, String x, String y) {
    String up = positive(step, e, x);
    String down = e.sub(step.scalar(1), up);
    return e.add(up, e.mul(down, e.add(y, step.scalar(step.number("alpha", 1)))));
  }

  /** 1 where the operator hands on what it got, 0 where it does not. */
  private static String unchanged(Step step, Emitter e, String x, String y) {
    String difference = e.node("Abs", List.of(e.sub(x, y)));
    return e.sub(step.scalar(1), positive(step, e, difference));
  }

  private static String hardSigmoid(Step step, Emitter e, String x, String y) {
    String inside = e.mul(positive(step, e, y), e.greater(step.scalar(1), y, step.format()));
    return e.mul(step.scalar(step.number("alpha", 0.2f)), inside);
  }

  /** {@code y = x h(x)} with {@code h = clip(x / 6 + 1 / 2, 0, 1)}. */
  private static String hardSwish(Step step, Emitter e, String x, String y) {
    String line = e.add(e.mul(x, step.scalar(1 / 6.0)), step.scalar(0.5));
    String inside = e.mul(positive(step, e, line), e.greater(step.scalar(1), line, step.format()));
    String above = e.sub(step.scalar(1), e.greater(step.scalar(1), line, step.format()));
    String clipped = e.add(e.mul(line, inside), above);
    return e.add(clipped, e.mul(e.mul(x, step.scalar(1 / 6.0)), inside));
  }

  private static String gelu(Step step, Emitter e, String x, String y) {
    AttributeProto how = Attributes.of(step.node(), "approximate");
    if (how != null && how.getS().toStringUtf8().equals("tanh")) {
      return tanhGelu(step, e, x);
    }
    String erf = e.node("Erf", List.of(e.mul(x, step.scalar(Math.sqrt(0.5)))));
    String below = e.mul(step.scalar(0.5), e.add(step.scalar(1), erf));
    String density = e.mul(step.scalar(1 / Math.sqrt(2 * Math.PI)), gauss(step, e, x, -0.5));
    return e.add(below, e.mul(x, density));
  }

  /** {@code y = x / 2 (1 + tanh u)}, {@code u = sqrt(2 / pi) (x + 0.044715 x^3)}. */
  private static String tanhGelu(Step step, Emitter e, String x) {
    double root = Math.sqrt(2 / Math.PI);
    String square = e.mul(x, x);
    String u =
        e.mul(
            e.mul(step.scalar(root), x),
            e.add(step.scalar(1), e.mul(step.scalar(0.044715), square)));
    String tanh = e.node("Tanh", List.of(u));
    String half = e.mul(step.scalar(0.5), e.add(step.scalar(1), tanh));
    String slope = e.sub(step.scalar(1), e.mul(tanh, tanh));
    String inner = e.add(step.scalar(root), e.mul(step.scalar(3 * root * 0.044715), square));
    return e.add(half, e.mul(e.mul(step.scalar(0.5), x), e.mul(slope, inner)));
  }

  /** {@code y = x s(alpha x)} with the logistic function s. */
  private static String quickGelu(Step step, Emitter e, String x, String y) {
    double alpha = step.number("alpha", 1.702f);
    String s = e.node("Sigmoid", List.of(e.mul(step.scalar(alpha), x)));
    String rest = e.mul(step.scalar(alpha), e.mul(y, e.sub(step.scalar(1), s)));
    return e.add(s, rest);
  }
}
