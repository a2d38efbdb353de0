package dev.partita.annotate;

import java.util.StringJoiner;

/** ONNX Runtime's placement by annotation (1.26 and later). */
public final class LayerAnnotation {

  /** The session option that reads it. */
  public static final String SESSION_OPTION = "session.layer_assignment_settings";

  private LayerAnnotation() {}

  /** What {@code layer_ann} says on a node that belongs to an accelerator. */
  public static String of(int accelerator) {
    return "accelerator_" + accelerator;
  }

  /**
   * How the session option names exactly that annotation: without the sign {@code accelerator_1}
   * would match {@code accelerator_10} as well.
   */
  public static String exactly(int accelerator) {
    return "=" + of(accelerator);
  }

  /**
   * The session option for one session over devices of different kinds, with a device for each
   * accelerator to be filled in: {@code DEVICE_0(=accelerator_0); DEVICE_1(=accelerator_1)}.
   */
  public static String setting(int accelerators) {
    StringJoiner rules = new StringJoiner("; ");
    for (int accelerator = 0; accelerator < accelerators; accelerator++) {
      rules.add("DEVICE_" + accelerator + "(" + exactly(accelerator) + ")");
    }
    return rules.toString();
  }
}
