package dev.partita.dense.find;

import dev.partita.model.OnnxModel;

/** The elements of small constants. */
public final class ConstantValues {

  private ConstantValues() {}

  /**
   * All elements of an operand, row-major, as the node that reads it sees them.
   *
   * @throws ArithmeticException if there are more than an array holds
   */
  public static float[] of(OnnxModel model, ConstantSource source) {
    return ElementDecoder.values(model, source);
  }
}
