package dev.partita.runtime;

/**
 * ONNX Runtime refused a model or failed to run it; the message is one sentence naming the file.
 */
public final class RuntimeFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public RuntimeFailure(String message) {
    super(message);
  }

  public RuntimeFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
