package dev.partita;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the library throws for anything a caller can act on. The message is one sentence that names
 * the file, node or option at fault; the hint says what to do instead.
 */
public abstract class PartitaException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String hint;

  protected PartitaException(String message, String hint, @Nullable Throwable cause) {
    super(message, cause);
    this.hint = Objects.requireNonNull(hint, "a message needs a hint");
  }

  /** The sentence; never null, unlike that of other exceptions. */
  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? getClass().getSimpleName() : message;
  }

  /** What to do about it, as one sentence. */
  public String hint() {
    return hint;
  }
}
