package dev.partita.gradient;

import dev.partita.model.Nodes;
import dev.partita.model.NumberFormat;
import dev.partita.onnx.AttributeProto;
import java.util.List;

/** Emits losses and the gradients that they begin with. */
final class LossEmitter {

  /** Above 1, what a classifier says of the classes that it rejects counts for more. */
  static final int TEMPERATURE = 2;

  private final Emitter emitter;
  private final double scale;

  /**
   * An emitter of losses.
   *
   * @param scale by which every gradient is too large, so that small ones survive in short formats
   */
  LossEmitter(Emitter emitter, double scale) {
    this.emitter = emitter;
    this.scale = scale;
  }

  /**
   * A loss and its gradient.
   *
   * @param amount a float32 scalar
   * @param gradient of the shape of the value
   */
  record Emitted(String amount, String gradient) {}

  Emitted emit(Loss loss, String target, ValueType type) {
    return switch (loss.kind()) {
      case DIVERGENCE -> divergence(loss, target, type);
      case SQUARED -> squared(loss, target, type);
    };
  }

  private Emitted divergence(Loss loss, String target, ValueType type) {
    NumberFormat format = type.format();
    AttributeProto axis = Nodes.ofInt("axis", type.rank() - 1L);
    String heat = emitter.scalar(1.0 / TEMPERATURE, format);
    String cooled = emitter.mul(loss.value(), heat);
    String wanted = emitter.mul(target, heat);
    String p = emitter.node("Softmax", List.of(wanted), axis);
    String q = emitter.node("Softmax", List.of(cooled), axis);
    String rows = emitter.div(size(loss.value(), format), emitter.scalar(type.dim(-1), format));
    String each =
        emitter.mul(
            p,
            emitter.sub(
                emitter.node("LogSoftmax", List.of(wanted), axis),
                emitter.node("LogSoftmax", List.of(cooled), axis)));
    double factor = loss.factor() * TEMPERATURE;
    String amount = emitter.div(emitter.total(each, type.rank()), rows);
    String gradient = emitter.div(emitter.sub(q, p), rows);
    return new Emitted(
        single(amount, factor * TEMPERATURE, format), times(gradient, factor * scale, format));
  }

  private Emitted squared(Loss loss, String target, ValueType type) {
    NumberFormat format = type.format();
    String difference = emitter.sub(loss.value(), target);
    String size = size(loss.value(), format);
    double factor = loss.factor() / loss.meanSquare();
    String sum = emitter.total(emitter.mul(difference, difference), type.rank());
    return new Emitted(
        single(emitter.div(sum, size), factor, format),
        times(emitter.div(difference, size), 2 * factor * scale, format));
  }

  private String size(String value, NumberFormat format) {
    return emitter.cast(emitter.node("Size", List.of(value)), format);
  }

  private String single(String amount, double factor, NumberFormat format) {
    return emitter.cast(times(amount, factor, format), NumberFormat.FLOAT);
  }

  private String times(String value, double factor, NumberFormat format) {
    return emitter.mul(value, emitter.scalar(factor, format));
  }
}
