package dev.partita.report;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Sets;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.InputInfo;
import dev.partita.report.schema.OptimizationReport.OutputInfo;

/** The model before and after: operators whose number changed, parameters, bytes. */
final class ModelTable {

  private ModelTable() {}

  static String of(OptimizationReport report) {
    InputInfo input = report.input();
    OutputInfo output = report.output();
    if (output == null) {
      return new TextTable("Model", "original")
          .row("Operators", Figures.count(sum(input.operators())))
          .row("Parameters", Figures.count(input.parameters()))
          .row("Bytes", Figures.count(input.bytes()))
          .row("IR version", Figures.count(input.irVersion()))
          .render();
    }
    TextTable table = new TextTable("Model", "original", "optimized", "change");
    changedOperators(table, input.operators(), output.operators());
    row(table, "Parameters", input.parameters(), output.parameters());
    if (output.bytes() == null) {
      table.row("Bytes", Figures.count(input.bytes()), Figures.ABSENT, "");
    } else {
      row(table, "Bytes", input.bytes(), output.bytes());
    }
    table.row(
        "IR version",
        Figures.count(input.irVersion()),
        Figures.count(output.irVersion()),
        Figures.difference(input.irVersion(), output.irVersion()));
    return table.render();
  }

  private static void changedOperators(
      TextTable table,
      ImmutableSortedMap<String, Integer> before,
      ImmutableSortedMap<String, Integer> after) {
    for (String type : Sets.newTreeSet(Sets.union(before.keySet(), after.keySet()))) {
      long old = before.getOrDefault(type, 0);
      long now = after.getOrDefault(type, 0);
      if (old != now) {
        operators(table, "  " + type, old, now);
      }
    }
    operators(table, "All operators", sum(before), sum(after));
    table.rule();
  }

  private static void operators(TextTable table, String name, long before, long after) {
    table.row(name, Figures.count(before), Figures.count(after), Figures.difference(before, after));
  }

  private static void row(TextTable table, String name, long before, long after) {
    table.row(name, Figures.count(before), Figures.count(after), Figures.change(before, after));
  }

  private static long sum(ImmutableSortedMap<String, Integer> operators) {
    return operators.values().stream().mapToLong(Integer::longValue).sum();
  }
}
