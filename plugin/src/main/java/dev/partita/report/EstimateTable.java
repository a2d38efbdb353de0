package dev.partita.report;

import com.google.common.base.Ascii;
import dev.partita.accelerator.Comparison;
import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.Estimate;
import dev.partita.report.schema.EstimateReport;
import dev.partita.report.schema.OptimizationReport.RegionEstimate;
import dev.partita.report.schema.OptimizationReport.TargetInfo;

/** Estimated time and energy with the three baselines, for private and for shared DRAM. */
final class EstimateTable {

  /** Branches that end closer together than this are not worth a line. */
  private static final double NOTED_IMBALANCE = 1.01;

  private EstimateTable() {}

  static String of(TargetInfo target, RegionEstimate estimate) {
    int accelerators = target.accelerators();
    TextTable table =
        new TextTable(
            "Dense layers, estimated",
            "time, us",
            "energy, " + unit(estimate.privateDram().pruned()),
            "DRAM bytes",
            "bound by",
            "faster",
            "energy");
    table.note(
        "Estimates for target "
            + target.name()
            + ", "
            + ConsoleTable.accelerators(accelerators)
            + (target.equalAccelerators() ? "" : ", unequal")
            + ", words of "
            + target.wordBits()
            + " bits"
            + (target.weightBits() == target.wordBits()
                ? ""
                : ", weights of " + target.weightBits())
            + "; nothing was measured. Faster and energy: improvement factor over dense on 1."
            + SizesText.of(target));
    for (DramSharing sharing : DramSharing.values()) {
      Comparison comparison = estimate.of(sharing);
      table.rule();
      table.note(
          "DRAM bandwidth "
              + Ascii.toLowerCase(sharing.name())
              + (sharing == target.dramSharing() ? " (as the target is set)" : ""));
      row(table, "  dense on 1", comparison.denseOnOne(), comparison);
      row(table, "  dense split over " + accelerators, comparison.denseOnAll(), comparison);
      row(table, "  pruned on " + accelerators, comparison.pruned(), comparison);
      if (comparison.pruned().loadImbalance() > NOTED_IMBALANCE) {
        table.note(
            "When pruned, the slowest branch takes "
                + Figures.times(comparison.pruned().loadImbalance())
                + " the mean.");
      }
    }
    return table.render();
  }

  /** One row for each layer, for the DRAM sharing of the target. */
  static String layers(EstimateReport report) {
    DramSharing sharing = report.target().dramSharing();
    int accelerators = report.target().accelerators();
    TextTable table =
        new TextTable(
            "Layer",
            "rows x in x out",
            "state",
            "dense on 1, us",
            "split over " + accelerators + ", us",
            "pruned, us",
            "bound by");
    table.note(
        report.subject()
            + " on target "
            + report.target().name()
            + ", DRAM bandwidth "
            + Ascii.toLowerCase(sharing.name())
            + ": estimates, not measured."
            + SizesText.of(report.target()));
    table.rule();
    for (EstimateReport.LayerEstimate layer : report.layers()) {
      Comparison comparison = layer.estimate().of(sharing);
      table.row(
          layer.name(),
          layer.rows() + " x " + layer.in() + " x " + layer.out(),
          JsonWriter.code(layer.state()),
          Figures.quantity(comparison.denseOnOne().latencyMicros()),
          Figures.quantity(comparison.denseOnAll().latencyMicros()),
          Figures.quantity(comparison.pruned().latencyMicros()),
          comparison.pruned().boundBy());
    }
    return table.render();
  }

  private static void row(TextTable table, String name, Estimate estimate, Comparison comparison) {
    Estimate base = comparison.denseOnOne();
    // The same quotients as the report's, so that table and JSON never disagree.
    Comparison quotients = new Comparison(base, comparison.denseOnAll(), estimate);
    table.row(
        name,
        Figures.quantity(estimate.latencyMicros()),
        Figures.quantity(energy(estimate)),
        Figures.count(estimate.dramBytes()),
        estimate.boundBy(),
        Figures.times(quotients.speedup()),
        Figures.times(quotients.energyRatio()));
  }

  private static String unit(Estimate estimate) {
    return estimate.energyMicrojoules() == null ? estimate.energyBreakdown().unit() + "s" : "uJ";
  }

  private static double energy(Estimate estimate) {
    Double microjoules = estimate.energyMicrojoules();
    return microjoules == null ? estimate.energyBreakdown().total() : microjoules;
  }
}
