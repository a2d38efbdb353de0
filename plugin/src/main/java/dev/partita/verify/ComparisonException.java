package dev.partita.verify;

/** Two models that cannot be compared: they differ in their inputs, outputs or output shapes. */
public final class ComparisonException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ComparisonException(String message) {
    super(message);
  }
}
