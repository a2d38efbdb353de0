package dev.partita.report;

import dev.partita.report.schema.InspectReport;
import dev.partita.report.schema.InspectReport.Layer;
import dev.partita.report.schema.InspectReport.SharedWeight;
import dev.partita.report.schema.ShortList;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Every dense layer: form, sizes, and its region or the reason it would be left alone. */
final class InspectTable {

  private InspectTable() {}

  static String of(InspectReport report) {
    TextTable table =
        new TextTable("Node", "form", "rows", "in", "out", "parameters", "region", "state");
    for (Layer layer : report.layers()) {
      table.row(
          layer.node(),
          layer.form() == null ? layer.op() : layer.form(),
          Figures.count(layer.rows()),
          Figures.count(layer.in()),
          Figures.count(layer.out()),
          Figures.count(layer.parameters()),
          text(layer.region()),
          layer.state() == null ? text(layer.reason()) : JsonWriter.code(layer.state()));
    }
    StringBuilder text = new StringBuilder(table.render());
    for (Layer layer : report.layers()) {
      if (layer.reason() != null && layer.detail() != null) {
        text.append(
            TextLines.paragraph(
                "  ", layer.node() + ": " + layer.reason() + ": " + layer.detail()));
      }
    }
    report.sharedWeights().forEach(shared -> text.append(TextLines.paragraph("  ", of(shared))));
    report.warnings().forEach(warning -> text.append(TextLines.paragraph("Warning: ", warning)));
    text.append(WeightsLine.of(report.input().weights()));
    return text.append(summary(report)).toString();
  }

  private static String of(SharedWeight shared) {
    List<String> readers = new ArrayList<>(shared.layers());
    readers.addAll(shared.otherReaders());
    return "Shared weight '" + shared.weight() + "': read by " + ShortList.of(readers);
  }

  private static String summary(InspectReport report) {
    long regions =
        report.layers().stream()
            .map(Layer::region)
            .filter(region -> region != null)
            .distinct()
            .count();
    long alone = report.layers().stream().filter(layer -> layer.region() == null).count();
    return TextLines.paragraph(
        "",
        report.input().path()
            + " for "
            + ConsoleTable.accelerators(report.accelerators())
            + ": "
            + report.layers().size()
            + " dense layers, "
            + (report.layers().size() - alone)
            + " in "
            + regions
            + (regions == 1 ? " region, " : " regions, ")
            + alone
            + " left alone");
  }

  private static String text(@Nullable String value) {
    return value == null ? Figures.ABSENT : value;
  }
}
