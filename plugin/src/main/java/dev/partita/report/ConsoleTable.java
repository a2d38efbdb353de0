package dev.partita.report;

import dev.partita.measure.BenchReport;
import dev.partita.report.schema.AnnotateReport;
import dev.partita.report.schema.EstimateReport;
import dev.partita.report.schema.InspectReport;
import dev.partita.report.schema.MasksReport;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.TargetInfo;
import dev.partita.report.schema.SearchReport;
import dev.partita.report.schema.StageInfo;
import dev.partita.runtime.ShardManifest;
import dev.partita.runtime.ShardedRun;
import dev.partita.spi.ModelPass;
import dev.partita.verify.Accuracy;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Reports as tables for people: plain characters, at most 100 columns, each ending in a line feed.
 */
public final class ConsoleTable {

  private ConsoleTable() {}

  /** What a run did, what it is worth, what was left alone and why, and what to do next. */
  public static String of(OptimizationReport report) {
    StringBuilder text = new StringBuilder(title(report)).append('\n');
    text.append(ModelTable.of(report));
    text.append(WeightsLine.of(report.input().weights()));
    if (report.accuracy() != null) {
      text.append(AccuracyTable.of(report.accuracy()));
    }
    if (report.total() != null) {
      text.append(EstimateTable.of(report.target(), report.total()));
    }
    text.append(RegionTable.of(report.regions(), report.steps()));
    text.append(SkippedList.of("Dense layers left alone", report.skipped()));
    report.warnings().forEach(warning -> text.append(TextLines.paragraph("Warning: ", warning)));
    text.append("Next:\n");
    NextSteps.of(report).forEach(step -> text.append(TextLines.paragraph("  * ", step)));
    return text.toString();
  }

  /** The stages of a run, and what each hands to which. */
  public static String ofStages(List<StageInfo> stages) {
    return StageTable.of(stages);
  }

  /** Every dense layer of a model and what would become of it. */
  public static String of(InspectReport report) {
    return InspectTable.of(report);
  }

  /** What the dense layers cost, one by one and together. */
  public static String of(EstimateReport report) {
    StringBuilder text = new StringBuilder();
    text.append(EstimateTable.layers(report));
    if (report.total() != null) {
      text.append(EstimateTable.of(report.target(), report.total()));
    }
    text.append(SkippedList.of("Not costed", report.notCosted()));
    if (!report.operatorsNotCosted().isEmpty()) {
      text.append(
          TextLines.paragraph(
              "",
              "Not costed, because they are not dense layers: "
                  + report.operatorsNotCosted().entrySet().stream()
                      .map(entry -> entry.getValue() + " " + entry.getKey())
                      .collect(Collectors.joining(", "))
                  + "."));
    }
    report.warnings().forEach(warning -> text.append(TextLines.paragraph("Warning: ", warning)));
    return text.toString();
  }

  /** What a search tried. */
  public static String of(SearchReport report) {
    return SearchTable.of(report);
  }

  /**
   * What was put back on a model.
   *
   * @param output where it is
   */
  public static String of(AnnotateReport report, String output) {
    TargetInfo target = report.target();
    String source = target == null ? "the sidecar" : "estimates for target " + target.name();
    String nodes =
        "The figures of %d nodes were restored from %s: %d nodes identified by name, %d by a value that they produce."
            .formatted(
                report.byName() + report.byOutput(), source, report.byName(), report.byOutput());
    return TextLines.paragraph("", nodes)
        + SkippedList.of("Nodes of the sidecar that are missing", report.skipped())
        + TextLines.paragraph("", "The model is in " + output + ".");
  }

  /** Passes and what each can be told. */
  public static String of(List<ModelPass> passes) {
    return PassTable.of(passes);
  }

  /** What was measured. */
  public static String of(BenchReport report) {
    return BenchTable.of(report);
  }

  /** What a folder of shards holds. */
  public static String of(ShardManifest manifest) {
    return ShardTable.of(manifest);
  }

  /** What came out of a folder of shards. */
  public static String of(ShardedRun.Result result) {
    return ShardTable.of(result);
  }

  /**
   * A plan as masks.
   *
   * @param archive where they were written, as the user named it
   */
  public static String of(MasksReport report, String archive) {
    return MasksTable.of(report, archive);
  }

  /** One model's outputs compared with another's. */
  public static String of(Accuracy accuracy) {
    return AccuracyTable.of(accuracy);
  }

  private static String title(OptimizationReport report) {
    String outcome =
        switch (report.outcome()) {
          case OPTIMIZED -> "optimized";
          case UNCHANGED -> "left unchanged";
          case REJECTED -> "rejected, nothing was written";
        };
    return TextLines.shorten(
        "Partita "
            + report.partita()
            + ": "
            + report.input().path()
            + ", "
            + accelerators(report.target().accelerators())
            + ": "
            + outcome,
        TextTable.WIDTH);
  }

  static String accelerators(int number) {
    return number == 1 ? "1 accelerator" : number + " accelerators";
  }
}
