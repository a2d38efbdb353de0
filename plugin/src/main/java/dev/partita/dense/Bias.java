package dev.partita.dense;

import dev.partita.onnx.TensorProto;

/**
 * The constant that a dense layer adds to its product.
 *
 * @param value its name in the graph
 * @param tensor its elements
 * @param kind how it broadcasts to {@code Y[..., N]}
 */
public record Bias(String value, TensorProto tensor, Kind kind) {

  /** How a bias broadcasts. */
  public enum Kind {
    /** One number for all: every dimension is 1, or there is none. */
    SCALAR,
    /** One number for each output feature: {@code [N]} or {@code [1, ..., N]}. */
    PER_FEATURE,
    /** One number for each row: the last dimension is 1 and another is not. */
    PER_ROW,
    /** A number for each row and feature: {@code [M, N]} with M above 1. */
    FULL
  }

  /** The kind of a constant of the given shape beside {@code N > 1} features. */
  static Kind kindOf(TensorProto tensor) {
    long last = tensor.getDimsCount() == 0 ? 1 : tensor.getDims(tensor.getDimsCount() - 1);
    boolean rows =
        tensor.getDimsList().subList(0, Math.max(0, tensor.getDimsCount() - 1)).stream()
            .anyMatch(dim -> dim != 1);
    if (last == 1) {
      return rows ? Kind.PER_ROW : Kind.SCALAR;
    }
    return rows ? Kind.FULL : Kind.PER_FEATURE;
  }
}
