package dev.partita.runtime;

import org.jspecify.annotations.Nullable;

/**
 * Data that cannot be used with a model; the message is one sentence naming file and array, what
 * was expected and what was found.
 */
public final class DataException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final @Nullable String hint;

  public DataException(String message) {
    this(message, null, null);
  }

  public DataException(String message, @Nullable String hint) {
    this(message, hint, null);
  }

  public DataException(String message, @Nullable String hint, @Nullable Throwable cause) {
    super(message, cause);
    this.hint = hint;
  }

  /** What the user can do about it, or null where nothing better than the message is known. */
  public @Nullable String hint() {
    return hint;
  }
}
