package dev.partita.report.schema;

import com.google.common.collect.ImmutableList;
import dev.partita.report.schema.OptimizationReport.RegionReport;
import dev.partita.report.schema.OptimizationReport.SkippedNode;
import java.util.Locale;

/** What a run did, a sentence for each region and each layer that was left alone. */
final class RunSummary {

  private RunSummary() {}

  static ImmutableList<String> of(OptimizationReport report) {
    ImmutableList.Builder<String> sentences = ImmutableList.builder();
    for (RegionReport region : report.regions()) {
      sentences.add("Region " + region.id() + " " + became(region) + ".");
    }
    for (SkippedNode skipped : report.skipped()) {
      sentences.add(
          "Node '%s' was left alone: %s (%s)."
              .formatted(skipped.node(), skipped.detail(), skipped.reason()));
    }
    OptimizationReport.RegionEstimate total = report.total();
    if (total != null) {
      sentences.add(
          String.format(
              Locale.ROOT,
              "The dense layers are estimated to take 1/%.1f of the time of the unpruned "
                  + "model on one accelerator of target %s.",
              total.of(report.target().dramSharing()).speedup(),
              report.target().name()));
    }
    return sentences.build();
  }

  private static String became(RegionReport region) {
    return switch (region.status()) {
      case REWRITTEN ->
          String.format(
              Locale.ROOT,
              "(layers %s) was cut for %d accelerators and keeps %d of %d parameters",
              ShortList.of(
                  region.layers().stream().map(OptimizationReport.LayerReport::name).toList()),
              region.accelerators(),
              region.parametersAfter(),
              region.parametersBefore());
      case REVERTED -> "was left whole: " + region.reason();
      case SKIPPED -> "was left alone: " + region.reason();
    };
  }
}
