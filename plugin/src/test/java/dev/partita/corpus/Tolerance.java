package dev.partita.corpus;

import dev.partita.onnx.TensorProto;
import dev.partita.runtime.Tensor;

/** How far outputs may be from the oracle, and how far they are. */
final class Tolerance {

  /** One step of a dynamically quantized activation, which a last bit before it may tip over. */
  private static final double QUANTIZATION_STEP = 1.0 / 127;

  private Tolerance() {}

  /** The largest relative error that is right where weights have the given type. */
  static double of(int weightType) {
    return switch (weightType) {
      case TensorProto.DataType.DOUBLE_VALUE -> 1e-12;
      case TensorProto.DataType.FLOAT_VALUE -> 1e-5;
      case TensorProto.DataType.FLOAT16_VALUE -> 2e-3;
      case TensorProto.DataType.BFLOAT16_VALUE -> 2e-2;
      default -> QUANTIZATION_STEP;
    };
  }

  /**
   * L2 norm of the difference over L2 norm of the expected; infinite where shapes or types differ
   * or where only one of two elements is a number.
   */
  static double relative(Tensor expected, Tensor actual) {
    if (!expected.shape().equals(actual.shape()) || expected.type() != actual.type()) {
      return Double.POSITIVE_INFINITY;
    }
    double[] wanted = doubles(expected);
    double[] found = doubles(actual);
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < wanted.length; i++) {
      boolean same = Double.compare(wanted[i], found[i]) == 0;
      difference += same ? 0 : (wanted[i] - found[i]) * (wanted[i] - found[i]);
      norm += same && !Double.isFinite(wanted[i]) ? 0 : wanted[i] * wanted[i];
    }
    double relative = difference == 0 ? 0 : Math.sqrt(difference / norm);
    return Double.isNaN(relative) ? Double.POSITIVE_INFINITY : relative;
  }

  /** As {@link #relative}, but whole numbers may be off by one step and no more. */
  static double error(Tensor expected, Tensor actual) {
    double relative = relative(expected, actual);
    if (expected.type().isFloating() || Double.isInfinite(relative)) {
      return relative;
    }
    double[] wanted = doubles(expected);
    double[] found = doubles(actual);
    for (int i = 0; i < wanted.length; i++) {
      if (Math.abs(wanted[i] - found[i]) > 1) {
        return Double.POSITIVE_INFINITY;
      }
    }
    return 0;
  }

  private static double[] doubles(Tensor tensor) {
    double[] values = new double[tensor.elements()];
    tensor.readDoubles(0, values, values.length);
    return values;
  }
}
