package dev.partita.report;

import dev.partita.report.schema.SearchReport;
import dev.partita.report.schema.SearchReport.Point;
import dev.partita.verify.Accuracy.GateResult;

/** The points of a search, one a line. */
final class SearchTable {

  private SearchTable() {}

  static String of(SearchReport report) {
    TextTable table =
        new TextTable(
            "Choice", "measured", "gate", "parameters", "cycles", "energy", "on the front of");
    for (Point point : report.points()) {
      table.row(
          choice(point),
          measured(point),
          point.gate() == null ? Figures.ABSENT : point.passed() ? "holds" : "fails",
          Figures.count(point.parameters()),
          Figures.quantity(point.time()),
          Figures.quantity(point.energy()),
          front(point));
    }
    table.rule();
    table.note(
        "Cycles and energy of the dense layers are estimates for target "
            + report.target().name()
            + ". On the front: Pareto-optimal in accuracy and time, or in accuracy and "
            + "energy.");
    String text = table.render();
    if (!report.complete()) {
      text +=
          TextLines.paragraph(
              "Note: ",
              "The budget ended before all choices were tried. Increase --budget to try more.");
    }
    for (String warning : report.warnings()) {
      text += TextLines.paragraph("Warning: ", warning);
    }
    return text;
  }

  private static String choice(Point point) {
    if (point.gate() == null) {
      return "the original, on 1";
    }
    StringBuilder text = new StringBuilder("-p " + point.accelerators());
    text.append(' ').append(JsonWriter.code(point.strategy()));
    if (point.bridgeRank() > 0) {
      text.append(", bridges ").append(point.bridgeRank());
    }
    if (!point.leftAlone().isEmpty()) {
      text.append(", without ").append(point.leftAlone().size()).append(" layers");
    }
    return text.toString();
  }

  private static String measured(Point point) {
    GateResult gate = point.gate();
    return gate == null
        ? Figures.ABSENT
        : gate.metric().replace('_', ' ')
            + ' '
            + Figures.measured(gate.value(), gate.standardError());
  }

  private static String front(Point point) {
    if (point.fastFront()) {
      return point.leanFront() ? "time, energy" : "time";
    }
    return point.leanFront() ? "energy" : "";
  }
}
