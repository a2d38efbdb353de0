package dev.partita.report;

import dev.partita.report.schema.OptimizationReport.TargetInfo;
import java.util.stream.Collectors;

/** The sizes of symbolic dimensions that figures of cost depend on. */
final class SizesText {

  private SizesText() {}

  /** A sentence with a space in front, or nothing where all sizes are in the model. */
  static String of(TargetInfo target) {
    if (target.dims().isEmpty()) {
      return "";
    }
    String sizes =
        target.dims().entrySet().stream()
            .map(dim -> dim.getKey() + " = " + dim.getValue())
            .collect(Collectors.joining(", "));
    String assumed =
        target.assumedDims().isEmpty()
            ? ""
            : "; assumed, because --dim does not give it: "
                + String.join(", ", target.assumedDims());
    return " Sizes: " + sizes + assumed + ".";
  }
}
