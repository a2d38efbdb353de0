package dev.partita.model;

/** Names of operator domains. */
public final class Domains {

  private Domains() {}

  /** Whether a domain is that of the standard's own operators. */
  public static boolean isDefault(String domain) {
    return domain.isEmpty() || domain.equals("ai.onnx");
  }

  /** Whether a domain is that of ONNX Runtime's own operators. */
  public static boolean isMicrosoft(String domain) {
    return domain.equals("com.microsoft");
  }
}
