package dev.partita.report;

import dev.partita.report.schema.MasksReport;
import dev.partita.report.schema.MasksReport.LayerMask;
import dev.partita.report.schema.MasksReport.RegionMasks;
import java.util.stream.Collectors;

/** The masks of a plan, and what to do with them. */
final class MasksTable {

  private MasksTable() {}

  static String of(MasksReport report, String archive) {
    TextTable table = new TextTable("Weight", "shape", "stored as", "kept", "mask", "region");
    for (RegionMasks region : report.regions()) {
      for (LayerMask layer : region.layers()) {
        table.row(
            layer.weight(),
            layer.shape().stream().map(String::valueOf).collect(Collectors.joining(" x ")),
            layer.orientation() == MasksReport.Orientation.IN_OUT ? "in, out" : "out, in",
            Figures.percent((double) layer.kept() / ((double) layer.in() * layer.out())),
            mask(layer),
            region.id());
      }
    }
    StringBuilder text = new StringBuilder(table.render());
    text.append(SkippedList.of("Dense layers left alone", report.skipped()));
    report.warnings().forEach(warning -> text.append(TextLines.paragraph("Warning: ", warning)));
    text.append("Next:\n");
    text.append(
        TextLines.paragraph(
            "  * ",
            "Train with these weights multiplied by their masks in "
                + archive
                + ", and export the model."));
    text.append(
        TextLines.paragraph(
            "  * ",
            "partita optimize TRAINED.onnx -o OUT.onnx -p "
                + report.accelerators()
                + " --strategy lossless cuts the trained model without loss. Repeat --include, "
                + "--exclude and --min-block as here."));
    return text.toString();
  }

  private static String mask(LayerMask layer) {
    if (layer.mask() == null) {
      return "none: all kept";
    }
    return layer.mask().equals(layer.weight()) ? "same name" : layer.mask();
  }
}
