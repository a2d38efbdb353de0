package dev.partita.commands;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ListMultimap;
import com.google.common.collect.MultimapBuilder;
import dev.partita.accelerator.Target;
import dev.partita.context.GivenSizes;
import dev.partita.context.Inlining;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.LayerKey;
import dev.partita.dense.find.LayerRows;
import dev.partita.dense.find.WeightReaders;
import dev.partita.dense.region.Findings;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.dense.select.Skipped;
import dev.partita.estimate.Estimates;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.model.OnnxModel;
import dev.partita.options.Options;
import dev.partita.plan.Gain;
import dev.partita.report.schema.InspectReport;
import dev.partita.report.schema.InspectReport.Layer;
import dev.partita.report.schema.InspectReport.SharedWeight;
import dev.partita.report.schema.OptimizationReport.InputInfo;
import dev.partita.run.KeptWeights;
import dev.partita.run.ModelFacts;
import dev.partita.run.RegionReports;
import dev.partita.run.UnmatchedPatterns;
import dev.partita.workers.Workers;
import java.nio.file.Path;
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
    try (Workers workers = Workers.of(options.planning().threads())) {
      // Hashing the file takes as long as everything else.
      Supplier<InputInfo> facts = workers.start(() -> ModelFacts.input(model));
      return inspect(model, options, facts);
    }
  }

  private static InspectReport inspect(
      OnnxModel model, Options options, Supplier<InputInfo> facts) {
    GivenSizes.check(model, options);
    Inlining inlining = Inlining.of(model, options);
    Target target = Estimates.target(options);
    GraphIndex index = new GraphIndex(inlining.model());
    Findings findings = Gain.of(index, options, target).findings();
    LayerRows rows = new LayerRows(index, options.target().dims());
    ListMultimap<Integer, Layer> layers = MultimapBuilder.treeKeys().arrayListValues().build();
    for (Region region : findings.regions()) {
      for (RegionLayer layer : region.layers()) {
        layers.put(place(layer.layer().key()), inRegion(region, layer, rows));
      }
    }
    for (Skipped skipped : findings.skipped()) {
      layers.put(place(skipped.key()), leftAlone(skipped, rows));
    }
    return new InspectReport(
        facts.get().with(ModelFacts.weights(index)),
        target.accelerators(),
        ImmutableList.copyOf(layers.values()),
        shared(index, findings),
        ImmutableList.<String>builder()
            .addAll(inlining.sentences())
            .addAll(UnmatchedPatterns.sentences(options, findings))
            .addAll(KeptWeights.sentences(index, findings, target.accelerators()))
            .build());
  }

  private static ImmutableList<SharedWeight> shared(GraphIndex index, Findings findings) {
    return new WeightReaders(index)
        .shared(findings.layers().toList()).stream()
            .map(
                shared -> new SharedWeight(shared.stored().name(), shared.names(), shared.others()))
            .collect(ImmutableList.toImmutableList());
  }

  private static int place(@Nullable LayerKey key) {
    return key != null && key.graph().isMain() ? key.node() : Integer.MAX_VALUE;
  }

  private static Layer inRegion(Region region, RegionLayer layer, LayerRows rows) {
    DenseLayer dense = layer.layer();
    return new Layer(
        dense.name(),
        dense.form().operator(),
        dense.form().label(),
        (long) dense.in(),
        (long) dense.out(),
        rows.of(dense),
        dense.parameters(),
        region.id(),
        RegionReports.state(layer, false),
        null,
        null);
  }

  private static Layer leftAlone(Skipped skipped, LayerRows rows) {
    DenseLayer dense = skipped.layer();
    return new Layer(
        skipped.node(),
        skipped.operator(),
        dense == null ? null : dense.form().label(),
        dense == null ? null : (long) dense.in(),
        dense == null ? null : (long) dense.out(),
        dense == null ? null : rows.of(dense),
        dense == null ? null : dense.parameters(),
        null,
        null,
        skipped.reason().name(),
        skipped.detail());
  }
}
