package dev.partita.report;

import com.google.common.collect.ImmutableList;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.OutputInfo;
import dev.partita.report.schema.OptimizationReport.RegionReport;
import dev.partita.report.schema.OptimizationReport.Status;
import dev.partita.verify.Accuracy;
import dev.partita.verify.Accuracy.GateResult;

/** What the user may want to do after a run. */
final class NextSteps {

  private NextSteps() {}

  static ImmutableList<String> of(OptimizationReport report) {
    return switch (report.outcome()) {
      case OPTIMIZED -> optimized(report);
      case UNCHANGED -> unchanged(report);
      case REJECTED -> rejected(report);
    };
  }

  private static ImmutableList<String> optimized(OptimizationReport report) {
    ImmutableList.Builder<String> steps = ImmutableList.builder();
    OutputInfo output = report.output();
    if (output == null || output.path() == null) {
      steps.add("This was a dry run. Run again without --dry-run to write the model.");
    } else {
      steps.add("The model is in " + output.path() + needs(output) + ".");
    }
    boolean unrepaired =
        report.regions().stream()
            .filter(region -> region.status() == Status.REWRITTEN)
            .filter(region -> !"lossless".equals(region.strategy()))
            .map(RegionReport::repair)
            .anyMatch("none"::equals);
    if (unrepaired) {
      steps.add("The kept weights were not repaired. Pass --calibration DATA to repair them.");
    }
    if (report.accuracy() == null) {
      steps.add("Accuracy was not measured. Pass --validation DATA to measure it.");
    }
    return steps.build();
  }

  private static String needs(OutputInfo output) {
    String minimum = output.minimumOnnxRuntime();
    return minimum == null ? "" : "; it needs ONNX Runtime " + minimum + " or later";
  }

  private static ImmutableList<String> unchanged(OptimizationReport report) {
    ImmutableList.Builder<String> steps = ImmutableList.builder();
    OutputInfo output = report.output();
    if (output != null && output.path() != null) {
      steps.add("Nothing was cut, so " + output.path() + " has the bytes of the original.");
    }
    if (report.skipped().stream().anyMatch(skipped -> skipped.reason().equals("NOT_SEPARABLE"))) {
      steps.add("A different --strategy also cuts layers that cannot be cut without loss.");
    }
    steps.add(
        "To see the reason for each layer, run partita inspect "
            + report.input().path()
            + ". Fewer accelerators (-p) or a smaller --min-block allow smaller layers to be "
            + "cut.");
    return steps.build();
  }

  private static ImmutableList<String> rejected(OptimizationReport report) {
    ImmutableList.Builder<String> steps = ImmutableList.builder();
    Accuracy accuracy = report.accuracy();
    if (accuracy != null) {
      accuracy.gates().stream()
          .filter(gate -> !gate.passed())
          .map(NextSteps::loosen)
          .forEach(steps::add);
    }
    steps.add(
        "Or try fewer accelerators (-p), more calibration data (--calibration), or "
            + "exclude layers (--exclude).");
    return steps.build();
  }

  private static String loosen(GateResult gate) {
    String option =
        gate.output().equals(GateResult.ALL_OUTPUTS) ? "--max-metric-drop" : option(gate.metric());
    return "The "
        + gate.metric().replace('_', ' ')
        + " is "
        + Figures.measured(gate.value(), gate.standardError())
        + "; "
        + option
        + " sets the limit.";
  }

  private static String option(String metric) {
    return switch (metric) {
      case "accuracy_drop" -> "--max-accuracy-drop";
      case "agreement" -> "--min-agreement";
      case "relative_error" -> "--max-relative-error";
      case "explained" -> "--min-explained";
      case "cosine" -> "--min-cosine";
      case "r2_drop" -> "--max-r2-drop";
      default -> "its limit";
    };
  }
}
