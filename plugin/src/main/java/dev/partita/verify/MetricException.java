package dev.partita.verify;

import org.jspecify.annotations.Nullable;

/** A user's measure that gives no score. */
public final class MetricException extends GateException {
  private static final long serialVersionUID = 1L;

  public MetricException(String message, @Nullable String hint) {
    super(message, hint);
  }
}
