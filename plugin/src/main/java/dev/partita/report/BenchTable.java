package dev.partita.report;

import com.google.common.base.Ascii;
import dev.partita.measure.BenchReport;
import dev.partita.measure.BenchReport.LayerTime;
import dev.partita.measure.BenchReport.Subject;

/** Measured times, one row for each subject, and dense layers with their estimates. */
final class BenchTable {

  private BenchTable() {}

  static String of(BenchReport report) {
    TextTable table =
        new TextTable("Measured", "what", "threads", "median, us", "quartiles, us", "faster");
    table.note(
        "%s; batch %d; %d rounds of %d runs each, in alternation. Faster: relative to the first one."
            .formatted(report.data(), report.batch(), report.rounds(), report.runs()));
    table.rule();
    for (Subject subject : report.subjects()) {
      table.row(
          subject.path(),
          Ascii.toLowerCase(subject.kind().name()),
          Integer.toString(subject.threads()),
          Figures.quantity(subject.medianMicros()),
          Figures.quantity(subject.lowerQuartileMicros())
              + " to "
              + Figures.quantity(subject.upperQuartileMicros()),
          Figures.times(subject.ratio()));
    }
    StringBuilder text = new StringBuilder(table.render());
    if (!report.layers().isEmpty()) {
      text.append(layers(report));
    }
    report.warnings().forEach(warning -> text.append(TextLines.paragraph("Warning: ", warning)));
    return text.toString();
  }

  private static String layers(BenchReport report) {
    TextTable table =
        new TextTable(
            "Dense layer",
            "rows x in x out",
            "weight bytes",
            "measured, us",
            "estimate, us",
            "estimate / measured");
    for (LayerTime layer : report.layers()) {
      table.row(
          layer.name(),
          layer.rows() + " x " + layer.in() + " x " + layer.out(),
          Figures.count(layer.weightBytes()),
          Figures.quantity(layer.measuredMicros()),
          Figures.quantity(layer.estimatedMicros()),
          Figures.quantity(layer.estimateOverMeasured()));
    }
    return table.render();
  }
}
