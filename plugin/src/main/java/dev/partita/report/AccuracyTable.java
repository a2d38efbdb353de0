package dev.partita.report;

import dev.partita.verify.Accuracy;
import dev.partita.verify.Accuracy.GateResult;
import dev.partita.verify.Accuracy.OutputAccuracy;
import dev.partita.verify.Gate;
import java.math.BigDecimal;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Accuracy with its sampling errors, and the conditions that were checked. */
final class AccuracyTable {

  private AccuracyTable() {}

  static String of(Accuracy accuracy) {
    TextTable table = new TextTable("Accuracy", "original", "optimized", "difference");
    table.note(
        Figures.count(accuracy.samples())
            + (accuracy.labelled() ? " labelled samples of " : " samples of ")
            + accuracy.data()
            + "; +/- is one standard error");
    for (OutputAccuracy output : accuracy.outputs()) {
      table.rule();
      output(table, output);
    }
    table.rule();
    accuracy.gates().forEach(gate -> table.note(sentence(gate)));
    accuracy.notes().forEach(table::note);
    if (accuracy.gates().isEmpty()) {
      table.note("No accuracy condition was checked.");
    }
    return table.render();
  }

  private static void output(TextTable table, OutputAccuracy output) {
    table.note(reading(output));
    Double before = output.top1Before();
    Double after = output.top1After();
    if (before != null && after != null) {
      table.row(
          output.readAs().equals("scores") ? "  top-1" : "  accuracy",
          Figures.percent(before),
          Figures.percent(after),
          points(after - before, output.standardErrors().top1Drop()));
    }
    pair(table, "  R2", output.r2Before(), output.r2After());
    pair(table, "  all labels right", output.exactBefore(), output.exactAfter());
    pair(table, "  mean F1", output.f1Before(), output.f1After());
    figure(
        table,
        switch (output.readAs()) {
          case "scores", "undecided" -> "  same arg-max";
          default -> "  same decision";
        },
        output.agreement(),
        output.standardErrors().agreement());
    figure(
        table, "  relative error", output.relativeError(), output.standardErrors().relativeError());
    figure(table, "  explained variance", output.explained(), null);
    figure(table, "  cosine", output.cosine(), output.standardErrors().cosine());
  }

  /** How an output was read, and how much of it counts. */
  private static String reading(OutputAccuracy output) {
    String counted =
        output.counted() == output.positions()
            ? ""
            : "; "
                + Figures.count(output.counted())
                + " of "
                + Figures.count(output.positions())
                + " positions count";
    return "Output "
        + output.name()
        + (output.reached() ? " is read as " : " is not reached by any cut; it would be read as ")
        + output.readAs()
        + ": "
        + output.readBecause()
        + (output.sizeDiffers() ? "; its size is not the original's" : "")
        + counted
        + ".";
  }

  private static void pair(
      TextTable table, String name, @Nullable Double before, @Nullable Double after) {
    if (before != null && after != null) {
      table.row(
          name,
          Figures.measured(before, null),
          Figures.measured(after, null),
          Figures.measured(after - before, null));
    }
  }

  private static void figure(
      TextTable table, String name, @Nullable Double value, @Nullable Double standardError) {
    if (value != null) {
      table.row(name, "", "", Figures.measured(value, standardError));
    }
  }

  private static String points(double difference, @Nullable Double standardError) {
    String text = String.format(Locale.ROOT, "%+.2f", 100 * difference);
    if (standardError != null && !standardError.isNaN()) {
      text += String.format(Locale.ROOT, " +/- %.2f", 100 * standardError);
    }
    return text + " points";
  }

  /** One condition, its value and whether it holds. */
  static String sentence(GateResult gate) {
    String bound = Gate.isLeast(gate.metric()) ? "at least " : "at most ";
    return "Gate "
        + (gate.passed() ? "holds: " : "FAILS: ")
        + gate.metric().replace('_', ' ')
        + " of "
        + (gate.output().equals(GateResult.ALL_OUTPUTS) ? "all outputs" : gate.output())
        + " is "
        + Figures.measured(gate.value(), gate.standardError())
        + ", allowed "
        + bound
        + BigDecimal.valueOf(gate.limit()).toPlainString()
        + scores(gate);
  }

  private static String scores(GateResult gate) {
    Double before = gate.before();
    Double after = gate.after();
    return before == null || after == null
        ? ""
        : " (from " + Figures.quantity(before) + " to " + Figures.quantity(after) + ")";
  }
}
