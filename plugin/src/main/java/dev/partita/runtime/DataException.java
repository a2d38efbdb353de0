package dev.partita.runtime;

import dev.partita.UnsupportedInputException;
import org.jspecify.annotations.Nullable;

/**
 * Data that cannot be used with a model; the message is one sentence naming file and array, what
 * was expected and what was found.
 */
public final class DataException extends UnsupportedInputException {
  private static final long serialVersionUID = 1L;

  public DataException(String message, String hint) {
    this(message, hint, null);
  }

  public DataException(String message, String hint, @Nullable Throwable cause) {
    super(message, hint, cause);
  }
}
