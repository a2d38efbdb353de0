package dev.partita.report;

import com.google.common.collect.ImmutableList;
import dev.partita.report.schema.OptimizationReport.LayerReport;
import dev.partita.report.schema.OptimizationReport.LayerState;
import dev.partita.report.schema.OptimizationReport.RegionReport;
import dev.partita.report.schema.OptimizationReport.Step;
import java.util.stream.Collectors;

/** One line for each region, the reasons of those left alone, and what was taken back. */
final class RegionTable {

  private RegionTable() {}

  static String of(ImmutableList<RegionReport> regions, ImmutableList<Step> steps) {
    if (regions.isEmpty()) {
      return "";
    }
    TextTable table =
        new TextTable("Region", "status", "kept", "importance", "repair", "rel. error", "faster");
    for (RegionReport region : regions) {
      Double importance = region.retainedImportance();
      table.row(
          region.id() + "  " + shape(region.layers()),
          JsonWriter.code(region.status()),
          share(region),
          importance == null ? Figures.ABSENT : Figures.percent(importance),
          region.repair() == null ? Figures.ABSENT : region.repair(),
          Figures.quantity(region.relativeErrorAfterRepair()),
          region.estimate() == null
              ? Figures.ABSENT
              : Figures.times(region.estimate().privateDram().speedup()));
    }
    table.rule();
    table.note(
        "kept: share of the parameters; importance: contribution of the kept weights; "
            + "rel. error: of the region's outputs; faster: estimated, private DRAM, "
            + "relative to dense on 1; *: not cut");
    return table.render() + reasons(regions) + takenBack(steps);
  }

  /** The widths where the layers follow each other, else their number; * is a layer not cut. */
  private static String shape(ImmutableList<LayerReport> layers) {
    StringBuilder widths = new StringBuilder();
    long reached = -1;
    for (LayerReport layer : layers) {
      if (reached == -1) {
        widths.append(layer.in());
      } else if (layer.in() != reached) {
        return layers.size() + " layers";
      }
      widths.append('-').append(layer.out()).append(layer.state() == LayerState.CUT ? "" : "*");
      reached = layer.out();
    }
    return widths.toString();
  }

  private static String share(RegionReport region) {
    return region.parametersBefore() == 0
        ? Figures.ABSENT
        : Figures.percent((double) region.parametersAfter() / region.parametersBefore());
  }

  private static String reasons(ImmutableList<RegionReport> regions) {
    return regions.stream()
        .filter(region -> region.reason() != null)
        .map(region -> TextLines.paragraph("  " + region.id() + ": ", "" + region.reason()))
        .collect(Collectors.joining());
  }

  private static String takenBack(ImmutableList<Step> steps) {
    return steps.stream()
        .map(
            step ->
                TextLines.paragraph(
                    "  " + step.region() + " " + step.action() + ": ",
                    step.isOfClosingLayer() ? closing(step) : after(step)))
        .collect(Collectors.joining());
  }

  /** What cutting the last layer makes of the gate's metric. */
  private static String closing(Step step) {
    boolean cut = step.action().equals(Step.CLOSING_CUT);
    Double whole = step.alone();
    Double after = step.aloneAfter();
    return "%s is %s with the last layer whole and %s with it cut, before any distillation"
            .formatted(
                step.metric().replace('_', ' '),
                whole == null ? "unknown" : Figures.quantity(whole),
                after == null ? "unknown" : Figures.quantity(after))
        + (cut ? ", so it is cut" : ", so it stays whole");
  }

  private static String after(Step step) {
    Double value = step.value();
    String measured = value == null ? "unknown" : Figures.measured(value, step.standardError());
    return tried(step)
        + (step.detail() == null ? "" : step.detail() + ", ")
        + step.metric().replace('_', ' ')
        + " is then "
        + measured
        + (step.passed() ? ", the gate holds" : ", the gate still fails");
  }

  private static String tried(Step step) {
    return step.tried().isEmpty()
        ? ""
        : step.tried().stream()
            .map(
                trial ->
                    trial.detail()
                        + (trial.alone() == null
                            ? ""
                            : " (alone " + Figures.quantity(trial.alone()) + ")"))
            .collect(Collectors.joining(", ", "after trying ", ": "));
  }
}
