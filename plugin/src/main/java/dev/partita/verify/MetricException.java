package dev.partita.verify;

/** A user's measure that gives no score. */
public final class MetricException extends GateException {
  private static final long serialVersionUID = 1L;

  public MetricException(String message, String hint) {
    super(message, hint);
  }
}
