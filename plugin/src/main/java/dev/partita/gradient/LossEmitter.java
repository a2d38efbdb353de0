package dev.partita.gradient;

import dev.partita.model.ElementType;
import dev.partita.model.Nodes;
import dev.partita.onnx.AttributeProto;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

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

  /**
   * Emits a loss.
   *
   * @param target what the value is compared with, of the same shape and type
   * @param mask of that shape but for the last axis, which is 1: 1 where a row counts, else 0;
   *     float32. Null where all rows count
   */
  Emitted emit(Loss loss, String target, @Nullable String mask, ValueType type) {
    ElementType format = type.format();
    String counts = mask == null ? null : emitter.cast(mask, format);
    String rows =
        mask == null ? rows(loss.value(), type) : emitter.cast(sum(mask, type.rank()), format);
    return switch (loss.kind()) {
      case DIVERGENCE -> divergence(loss, target, counts, rows, type);
      case SQUARED -> squared(loss, target, counts, rows, type);
    };
  }

  private Emitted divergence(
      Loss loss, String target, @Nullable String counts, String rows, ValueType type) {
    ElementType format = type.format();
    AttributeProto axis = Nodes.ofInt("axis", type.rank() - 1L);
    String heat = emitter.scalar(1.0 / TEMPERATURE, format);
    String cooled = emitter.mul(loss.value(), heat);
    String wanted = emitter.mul(target, heat);
    String p = emitter.node("Softmax", List.of(wanted), axis);
    String q = emitter.node("Softmax", List.of(cooled), axis);
    String each =
        emitter.mul(
            p,
            emitter.sub(
                emitter.node("LogSoftmax", List.of(wanted), axis),
                emitter.node("LogSoftmax", List.of(cooled), axis)));
    double factor = loss.factor() * TEMPERATURE;
    String amount = emitter.div(emitter.total(counted(each, counts), type.rank()), rows);
    String gradient = emitter.div(counted(emitter.sub(q, p), counts), rows);
    return new Emitted(
        single(amount, factor * TEMPERATURE, format), times(gradient, factor * scale, format));
  }

  /** Divided by features before rows, whose product is more than float16 holds. */
  private Emitted squared(
      Loss loss, String target, @Nullable String counts, String rows, ValueType type) {
    ElementType format = type.format();
    String difference = counted(emitter.sub(loss.value(), target), counts);
    String features = emitter.scalar(type.rank() == 0 ? 1 : type.dim(-1), format);
    String part = emitter.div(difference, features);
    double factor = loss.factor();
    Loss.Columns columns = loss.columns();
    if (columns == null) {
      factor /= loss.meanSquare();
    } else {
      part = emitter.mul(part, weights(columns, type));
    }
    String sum = emitter.total(emitter.mul(part, difference), type.rank());
    return new Emitted(
        single(emitter.div(sum, rows), factor, format),
        times(emitter.div(part, rows), 2 * factor * scale, format));
  }

  /** One over each divisor, in a shape that goes along the axis of the columns. */
  private String weights(Loss.Columns columns, ValueType type) {
    float[] weights = new float[columns.divisors().size()];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) (1 / columns.divisors().get(i));
    }
    long[] dims = new long[type.rank() - columns.axis()];
    Arrays.fill(dims, 1);
    dims[0] = weights.length;
    return emitter.numbers(weights, type.format(), dims);
  }

  private String counted(String each, @Nullable String counts) {
    return counts == null ? each : emitter.mul(each, counts);
  }

  private String rows(String value, ValueType type) {
    String size = emitter.cast(emitter.node("Size", List.of(value)), ElementType.FLOAT);
    String features = emitter.scalar(type.rank() == 0 ? 1 : type.dim(-1), ElementType.FLOAT);
    return emitter.cast(emitter.div(size, features), type.format());
  }

  /** Never zero, since a batch may have no row that counts. */
  private String sum(String mask, int rank) {
    return emitter.add(emitter.total(mask, rank), emitter.scalar(1e-6, ElementType.FLOAT));
  }

  private String single(String amount, double factor, ElementType format) {
    return emitter.cast(times(amount, factor, format), ElementType.FLOAT);
  }

  private String times(String value, double factor, ElementType format) {
    return emitter.mul(value, emitter.scalar(factor, format));
  }
}
