package dev.partita.accelerator;

import dev.partita.UsageException;

/** A target that cannot be used; the message is one sentence naming file, line and key. */
public final class TargetException extends UsageException {
  private static final long serialVersionUID = 1L;

  /** A refusal with its one-sentence message. */
  public TargetException(String message) {
    super(message, "Use the output of partita targets NAME as a template.");
  }

  /** A refusal caused by a failure below, such as an unreadable file. */
  public TargetException(String message, Throwable cause) {
    super(message, "Use the output of partita targets NAME as a template.", cause);
  }
}
