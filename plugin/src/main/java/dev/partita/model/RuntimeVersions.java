package dev.partita.model;

import org.jspecify.annotations.Nullable;

/**
 * The oldest ONNX Runtime that loads a model, from its compatibility table (releases against the
 * ONNX release, and so the IR and default operator set, that each was built with).
 */
public final class RuntimeVersions {

  private static final int[] OPSETS = {11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 25, 26};
  private static final String[] SINCE_OPSET = {
    "1.2", "1.3", "1.6", "1.8", "1.9", "1.11", "1.12", "1.14", "1.15", "1.17", "1.18", "1.22",
    "1.23", "1.24", "1.26"
  };
  private static final int[] IRS = {6, 7, 8, 9, 10, 11, 13};
  private static final String[] SINCE_IR = {"1.2", "1.3", "1.9", "1.15", "1.18", "1.23", "1.24"};

  private RuntimeVersions() {}

  /** A release such as {@code 1.18}; null for versions newer than this table. */
  public static @Nullable String oldestFor(OnnxModel model) {
    String byOpset = since(OPSETS, SINCE_OPSET, model.opset());
    String byIr = since(IRS, SINCE_IR, model.irVersion());
    if (byOpset == null || byIr == null) {
      return null;
    }
    return minor(byOpset) >= minor(byIr) ? byOpset : byIr;
  }

  private static @Nullable String since(int[] versions, String[] releases, int version) {
    for (int i = 0; i < versions.length; i++) {
      if (version <= versions[i]) {
        return releases[i];
      }
    }
    return null;
  }

  private static int minor(String release) {
    return Integer.parseInt(release.substring(release.indexOf('.') + 1));
  }
}
