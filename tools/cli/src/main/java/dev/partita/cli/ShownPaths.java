package dev.partita.cli;

import dev.partita.report.schema.AnnotateReport;
import dev.partita.report.schema.EstimateReport;
import dev.partita.report.schema.InspectReport;
import dev.partita.report.schema.MasksReport;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.InputInfo;
import dev.partita.report.schema.OptimizationReport.OutputInfo;
import dev.partita.report.schema.SearchReport;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reports with the paths the user gave, where the library saw those of temporary files. */
final class ShownPaths {

  private ShownPaths() {}

  static OptimizationReport shown(
      OptimizationReport report, String input, @Nullable String output) {
    return new OptimizationReport(
        report.partita(),
        report.seed(),
        report.outcome(),
        report.warnings(),
        shown(report.input(), input),
        shown(report.output(), output),
        report.target(),
        report.regions(),
        report.total(),
        report.steps(),
        report.skipped(),
        report.operatorsNotCosted(),
        report.accuracy(),
        report.annotations(),
        report.illustrations(),
        report.run());
  }

  static AnnotateReport shown(AnnotateReport report, String input, String output) {
    return new AnnotateReport(
        shown(report.input(), input),
        Objects.requireNonNull(shown(report.output(), output)),
        report.source(),
        report.target(),
        report.byName(),
        report.byOutput(),
        report.skipped());
  }

  static InspectReport shown(InspectReport report, String input) {
    return new InspectReport(
        shown(report.input(), input),
        report.accelerators(),
        report.layers(),
        report.sharedWeights(),
        report.warnings());
  }

  static MasksReport shown(MasksReport report, String input) {
    return new MasksReport(
        shown(report.input(), input),
        report.accelerators(),
        report.strategy(),
        report.seed(),
        report.regions(),
        report.skipped(),
        report.warnings());
  }

  static EstimateReport shown(EstimateReport report, String input) {
    return new EstimateReport(
        input,
        report.target(),
        report.layers(),
        report.total(),
        report.notCosted(),
        report.operatorsNotCosted(),
        report.warnings());
  }

  static SearchReport shown(SearchReport report, String input) {
    return new SearchReport(
        shown(report.input(), input),
        report.target(),
        report.points(),
        report.complete(),
        report.warnings());
  }

  private static InputInfo shown(InputInfo info, String path) {
    return new InputInfo(
        path,
        info.sha256(),
        info.bytes(),
        info.irVersion(),
        info.opset(),
        info.parameters(),
        info.operators(),
        info.weights());
  }

  private static @Nullable OutputInfo shown(@Nullable OutputInfo info, @Nullable String path) {
    if (info == null || info.path() == null || path == null) {
      return info;
    }
    return new OutputInfo(
        path,
        info.sha256(),
        info.bytes(),
        info.irVersion(),
        info.parameters(),
        info.minimumOnnxRuntime(),
        info.operators());
  }
}
