package dev.partita.commands;

import com.google.common.collect.ImmutableList;
import dev.partita.UnsupportedInputException;
import dev.partita.UsageException;
import dev.partita.context.RunContext;
import dev.partita.context.RunData;
import dev.partita.context.Stages;
import dev.partita.context.Workspace;
import dev.partita.dense.find.LayerKey;
import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.dense.find.StoredWeight;
import dev.partita.dense.region.Findings;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.model.OnnxModel;
import dev.partita.model.WholeFile;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.Strategy;
import dev.partita.plan.Gain;
import dev.partita.plan.KnownPlans;
import dev.partita.plan.MaskKeys;
import dev.partita.plan.Planning;
import dev.partita.plan.RegionMasking;
import dev.partita.repair.moments.KnownScales;
import dev.partita.report.schema.MasksReport;
import dev.partita.report.schema.MasksReport.RegionMasks;
import dev.partita.report.schema.ShortList;
import dev.partita.run.ModelFacts;
import dev.partita.run.RegionReports;
import dev.partita.run.RunWarnings;
import dev.partita.runtime.NpzArchive;
import dev.partita.spi.ProgressListener;
import dev.partita.workers.Workers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Writes the plan of a model as masks and orders, for whoever trains it further: a model whose
 * weights are zero where the masks are is cut by {@link Strategy#LOSSLESS} without any loss.
 */
public final class Masks {

  private final RunContext context;
  private final RunWarnings warnings;

  private Masks(RunContext context) {
    this.context = context;
    this.warnings = new RunWarnings(context.stages().listener());
  }

  /**
   * Plans and writes an archive of NumPy arrays: for each layer that is cut a mask of the shape of
   * its stored weight, for each space that is dealt out the owner and the order of its features,
   * and the description of all.
   *
   * @param output where the archive goes
   * @param options as for a run; what they say of repair, gate and writing has no meaning here, but
   *     for repair, since plans for it differ
   * @param description writes the report as the text that goes into the archive
   * @throws UsageException if the output is the input or exists and may not be replaced
   * @throws UnsupportedInputException if the model or the data cannot be used, or no layer has a
   *     mask
   */
  public static MasksReport write(
      Path input,
      Path output,
      Options options,
      Function<MasksReport, String> description,
      ProgressListener listener) {
    Stages stages = new Stages(listener, options.planning().threads());
    try {
      OnnxModel model = stages.run("read", () -> ModelFile.read(input));
      Optimizer.requireWritable(input, output, options.output().overwrite());
      Options ungated = options.toBuilder().set(GateOptions.GATE, false).build();
      try (Workers workers = Workers.of(options.planning().threads());
          Workspace workspace = new Workspace(null, workers)) {
        return new Masks(RunContext.of(model, ungated, stages, workspace))
            .write(output, description);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UsageException("Interrupted; nothing was written.", "Run it again.", e);
    }
  }

  private MasksReport write(Path output, Function<MasksReport, String> description)
      throws InterruptedException {
    OnnxModel read = context.read();
    Options options = context.options();
    GraphIndex index = context.index();
    warnings.ofFunctions(context.inlining());
    RunData data = context.stages().run("data", () -> RunData.read(read, options));
    Planning.Planned planned = planned(data);
    Findings findings = planned.findings();
    warnings.ofRegions(findings, data);
    warnings.ofData(data);
    MaskKeys keys = new MaskKeys();
    List<RegionMasking> masking = new ArrayList<>();
    for (Region region : findings.regions()) {
      masking.add(new RegionMasking(index, region, planned.rewriting().plan(region), keys));
    }
    ImmutableList<RegionMasks> regions =
        masking.stream().map(RegionMasking::description).collect(ImmutableList.toImmutableList());
    MasksReport report =
        new MasksReport(
            ModelFacts.input(read),
            context.scenario().target().accelerators(),
            options.planning().strategy(),
            options.planning().seed(),
            regions,
            RegionReports.skipped(findings.skipped()),
            warnings.all());
    requireMasks(report);
    return context
        .stages()
        .run(
            "write",
            () -> {
              WholeFile.write(
                  output,
                  out -> {
                    try (NpzArchive archive = new NpzArchive(out)) {
                      archive.text(MasksReport.DESCRIPTION, description.apply(report));
                      for (RegionMasking region : masking) {
                        region.writeTo(archive);
                      }
                    }
                  });
              return report;
            });
  }

  private static void requireMasks(MasksReport report) {
    boolean any =
        report.regions().stream()
            .flatMap(region -> region.layers().stream())
            .anyMatch(layer -> layer.mask() != null);
    if (!any) {
      List<String> reasons =
          report.skipped().stream()
              .map(skipped -> skipped.node() + " (" + skipped.reason() + ")")
              .toList();
      throw new UnsupportedInputException(
          report.input().path()
              + ": no layer has a mask"
              + (reasons.isEmpty() ? "" : ": " + ShortList.of(reasons))
              + ".",
          "partita inspect gives the reason for each layer.");
    }
  }

  /** A plan whose every cut can be masked; regions are sought again without what cannot. */
  private Planning.Planned planned(RunData data) throws InterruptedException {
    Stages stages = context.stages();
    Planning planning =
        new Planning(context, new KnownScales(), new KnownPlans(), data.calibration());
    Gain gain =
        stages.run(
            "find", () -> Gain.of(context.index(), context.options(), context.scenario().target()));
    while (true) {
      Map<LayerKey, Refused> maskless = maskless(gain.findings());
      Gain worth = gain;
      if (maskless.isEmpty()) {
        Planning.Planned planned = stages.run("plan", () -> planning.plan(worth));
        // A lossless plan may have made regions of its own.
        maskless = maskless(planned.findings());
        if (maskless.isEmpty()) {
          return planned;
        }
      }
      Map<LayerKey, Refused> left = maskless;
      gain = stages.run("find", () -> worth.without(left));
    }
  }

  /** Layers that would be cut and cannot be masked, and why. */
  private Map<LayerKey, Refused> maskless(Findings findings) {
    Map<LayerKey, Refused> maskless = new LinkedHashMap<>();
    for (Region region : findings.regions()) {
      for (RegionLayer layer : region.cutLayers()) {
        Refused obstacle = StoredWeight.of(context.index(), layer.layer()).obstacle();
        if (RegionMasking.isMasked(region, layer) && obstacle != null) {
          maskless.put(layer.layer().key(), obstacle);
        }
      }
    }
    return maskless;
  }
}
