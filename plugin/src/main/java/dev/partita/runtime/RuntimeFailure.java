package dev.partita.runtime;

import dev.partita.UnsupportedInputException;

/**
 * ONNX Runtime refused a model or failed to run it; the message is one sentence naming the file.
 */
public final class RuntimeFailure extends UnsupportedInputException {
  private static final long serialVersionUID = 1L;

  public RuntimeFailure(String message, String hint) {
    super(message, hint);
  }

  public RuntimeFailure(String message, String hint, Throwable cause) {
    super(message, hint, cause);
  }
}
