package dev.partita.verify;

import org.jspecify.annotations.Nullable;

/** A gate that was asked for but cannot be measured: an error of usage, not of the models. */
public final class GateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final @Nullable String hint;

  public GateException(String message, @Nullable String hint) {
    super(message);
    this.hint = hint;
  }

  /** What the user can do about it, or null. */
  public @Nullable String hint() {
    return hint;
  }
}
