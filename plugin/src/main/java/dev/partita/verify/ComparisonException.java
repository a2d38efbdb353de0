package dev.partita.verify;

import dev.partita.UnsupportedInputException;

/** Two models that cannot be compared: they differ in their inputs, outputs or output shapes. */
public final class ComparisonException extends UnsupportedInputException {
  private static final long serialVersionUID = 1L;

  public ComparisonException(String message) {
    super(message, "Compare models with the same inputs and outputs.");
  }
}
