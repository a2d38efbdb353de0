package dev.partita.verify;

import dev.partita.UsageException;

/** A gate that was asked for but cannot be measured: an error of usage, not of the models. */
public class GateException extends UsageException {
  private static final long serialVersionUID = 1L;

  public GateException(String message, String hint) {
    super(message, hint);
  }
}
