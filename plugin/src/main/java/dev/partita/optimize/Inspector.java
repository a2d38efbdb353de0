package dev.partita.optimize;

import com.google.common.collect.ImmutableList;
import dev.partita.accelerator.Target;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.LayerRows;
import dev.partita.dense.region.Findings;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.dense.select.LeftLayer;
import dev.partita.dense.select.Skipped;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.model.OnnxModel;
import dev.partita.optimize.InspectReport.Layer;
import dev.partita.optimize.OptimizationReport.InputInfo;
import dev.partita.options.Options;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Says of every matrix product of a model what would become of it, without touching it. */
public final class Inspector {

  private Inspector() {}

  /**
   * Every matrix product, in the order of the graph; those in subgraphs and functions at the end.
   *
   * @throws dev.partita.UnsupportedInputException if the model cannot be read
   */
  public static InspectReport inspect(Path input, Options options) {
    OnnxModel model = ModelFile.read(input);
    Supplier<InputInfo> facts = ModelFacts.startInput(model);
    Inlining inlining = Inlining.of(model, options);
    Target target = Estimates.target(options);
    GraphIndex index = new GraphIndex(inlining.model());
    Findings findings = OptimizationRun.find(index, options, target);
    LayerRows rows = new LayerRows(index, options.target().dims());
    List<Layer> layers = new ArrayList<>();
    for (Region region : findings.regions()) {
      for (RegionLayer layer : region.layers()) {
        layers.add(inRegion(region, layer, rows));
      }
    }
    for (Skipped skipped : findings.skipped()) {
      layers.add(leftAlone(skipped, findings.leftLayers().get(skipped.node()), rows));
    }
    Map<String, Integer> positions = new HashMap<>();
    for (int i = 0; i < index.size(); i++) {
      positions.putIfAbsent(index.nodeName(i), i);
    }
    layers.sort(
        Comparator.comparing(layer -> positions.getOrDefault(layer.node(), Integer.MAX_VALUE)));
    return new InspectReport(
        facts.get(),
        target.accelerators(),
        ImmutableList.copyOf(layers),
        ImmutableList.<String>builder()
            .addAll(inlining.sentences())
            .addAll(UnmatchedPatterns.sentences(options, findings))
            .build());
  }

  private static Layer inRegion(Region region, RegionLayer layer, LayerRows rows) {
    DenseLayer dense = layer.layer();
    return new Layer(
        dense.name(),
        dense.form().operator(),
        dense.form().label(),
        (long) dense.in(),
        (long) dense.out(),
        rows.of(region.graph(), dense),
        dense.parameters(),
        region.id(),
        RegionReports.state(layer, false),
        null,
        null);
  }

  private static Layer leftAlone(Skipped skipped, @Nullable LeftLayer left, LayerRows rows) {
    DenseLayer dense = left == null ? null : left.layer();
    return new Layer(
        skipped.node(),
        skipped.operator(),
        dense == null ? null : dense.form().label(),
        dense == null ? null : (long) dense.in(),
        dense == null ? null : (long) dense.out(),
        left == null ? null : rows.of(left.graph(), left.layer()),
        dense == null ? null : dense.parameters(),
        null,
        null,
        skipped.reason().name(),
        skipped.detail());
  }
}
