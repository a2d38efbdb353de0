package dev.partita;

import org.jspecify.annotations.Nullable;

/** A caller asked for something that cannot be meant: an option, a combination, an output. */
public class UsageException extends PartitaException {

  private static final long serialVersionUID = 1L;

  public UsageException(String message, String hint) {
    super(message, hint, null);
  }

  public UsageException(String message, String hint, @Nullable Throwable cause) {
    super(message, hint, cause);
  }
}
