package dev.partita.optimize;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.partita.Version;
import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.Target;
import dev.partita.annotate.Annotator;
import dev.partita.annotate.MetadataKeys;
import dev.partita.dense.FinderOptions;
import dev.partita.dense.Findings;
import dev.partita.dense.LayerRows;
import dev.partita.dense.Region;
import dev.partita.dense.RegionFinder;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.model.OnnxModel;
import dev.partita.model.Scratch;
import dev.partita.model.StagedModel;
import dev.partita.optimize.OptimizationReport.Outcome;
import dev.partita.optimize.OptimizationReport.OutputInfo;
import dev.partita.optimize.OptimizationReport.RegionEstimate;
import dev.partita.optimize.OptimizationReport.Step;
import dev.partita.optimize.OptimizeOptions.IrVersion;
import dev.partita.optimize.OptimizeOptions.Repair;
import dev.partita.repair.LeastSquaresRepair;
import dev.partita.rewrite.RegionRewrite;
import dev.partita.rewrite.RegionWeights;
import dev.partita.runtime.DataSet;
import dev.partita.verify.Accuracy;
import dev.partita.verify.ModelComparison;
import dev.partita.verify.Reference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One run: the stages in order, each handing its record to the next. */
final class OptimizationRun {

  private final OnnxModel model;
  private final @Nullable Path output;
  private final OptimizeOptions options;
  private final Stages stages;
  private final Workspace workspace;
  private final ProgressListener listener;
  private final Target target;
  private final GraphIndex index;
  private final LayerRows rows;
  private final List<String> warnings = new ArrayList<>();

  OptimizationRun(
      OnnxModel model,
      @Nullable Path output,
      OptimizeOptions options,
      Stages stages,
      Workspace workspace,
      ProgressListener listener) {
    this.model = model;
    this.output = output;
    this.options = options;
    this.stages = stages;
    this.workspace = workspace;
    this.listener = listener;
    this.target = Estimates.target(options);
    this.index = new GraphIndex(model);
    this.rows = new LayerRows(index, options.dims());
  }

  OptimizationReport run() throws InterruptedException {
    Findings found = stages.run("find", () -> find(index, options, target));
    RunData data = stages.run("data", () -> RunData.read(model.source(), options));
    warn(data);
    if (found.regions().isEmpty()) {
      return unchanged(reports(found));
    }
    Planning.Planned plans =
        stages.run("plan", () -> Planning.plan(this::scales, options, target, index, found, data));
    RegionReports reports = reports(plans.findings());
    if (plans.findings().regions().isEmpty()) {
      return unchanged(reports);
    }
    warnOfBodies(plans.findings(), data);
    Rewriting rewriting = plans.rewriting();
    plans
        .findings()
        .regions()
        .forEach(region -> rewriting.activate(region, RegionWeights.ORIGINAL));
    repair(rewriting, data);
    RegionEstimate planned = reports.total(rewriting, true);
    if (data.validation() == null) {
      StagedModel staged = stages.run("write", () -> stage(rewriting::result, planned));
      return finish(rewriting, reports, data, null, ImmutableList.of(), staged);
    }
    return verified(rewriting, reports, data);
  }

  private InputScales scales(List<Region> regions, DataSet data, boolean withCovariance)
      throws InterruptedException {
    return InputScales.measure(workspace, index, regions, data, withCovariance, options.threads());
  }

  private RegionReports reports(Findings findings) {
    return new RegionReports(findings, new Estimates(target, rows), target.accelerators());
  }

  static Findings find(GraphIndex index, OptimizeOptions options, Target target) {
    return find(index, options, target, ImmutableSet.of());
  }

  /** What is found without some layers, given by their names. */
  static Findings find(
      GraphIndex index, OptimizeOptions options, Target target, Set<String> without) {
    return RegionFinder.find(
        index,
        new FinderOptions(
            target.accelerators(),
            options.minBlock(),
            options.include(),
            ImmutableList.<String>builder().addAll(options.exclude()).addAll(without).build()));
  }

  private void warn(RunData data) {
    for (DataSet set : new DataSet[] {data.calibration(), data.validation()}) {
      if (set != null) {
        set.warnings().forEach(this::warn);
      }
    }
  }

  private void warnOfBodies(Findings findings, RunData data) {
    List<String> inBodies =
        findings.regions().stream()
            .filter(region -> !region.graph().isMain())
            .map(Region::id)
            .toList();
    if (!inBodies.isEmpty()) {
      warn(
          "Regions in the bodies of If, Loop or Scan ("
              + String.join(", ", inBodies)
              + ") are "
              + (data.calibration() == null
                  ? ""
                  : "planned without activations and not repaired, because no value in a body can"
                      + " be captured; they are ")
              + "estimated for one run of the body.");
    }
  }

  private void warn(String warning) {
    warnings.add(warning);
    listener.warning(warning);
  }

  private void repair(Rewriting rewriting, RunData data) throws InterruptedException {
    DataSet calibration = data.calibration();
    if (options.effectiveRepair() == Repair.NONE || calibration == null) {
      return;
    }
    stages.run(
        "repair",
        () -> {
          RepairSamples samples =
              new RepairSamples(workspace, rewriting, calibration, options.threads());
          LeastSquaresRepair repair = new LeastSquaresRepair(samples, options.threads());
          // What stands in a body cannot be probed, and keeps the weights it has.
          List<Region> regions =
              rewriting.active().stream().filter(region -> region.graph().isMain()).toList();
          regions.forEach(rewriting::takeBack);
          for (int i = 0; i < regions.size(); i++) {
            Region region = regions.get(i);
            rewriting.activate(region, repair.repair(region, rewriting.plan(region)));
            stages.progress("repair", (i + 1.0) / regions.size());
          }
          return null;
        });
  }

  private OptimizationReport verified(Rewriting rewriting, RegionReports reports, RunData data)
      throws InterruptedException {
    DataSet validation = data.validation();
    if (validation == null) {
      throw new IllegalArgumentException("no validation data");
    }
    try (Reference reference =
        stages.run(
            "reference", () -> Reference.of(model.source(), validation, options.threads()))) {
      if (!options.gate()) {
        StagedModel staged =
            stages.run("write", () -> stage(rewriting::result, reports.total(rewriting, true)));
        Accuracy figures =
            stages.run(
                "verify",
                () -> ModelComparison.compare(reference, staged.path(), options.threads()));
        return finish(rewriting, reports, data, figures, ImmutableList.of(), staged);
      }
      Gating gating = new Gating(RunData.limits(options), reference, options.threads());
      Gating.Outcome outcome =
          stages.run(
              "verify",
              () ->
                  gating.gate(
                      rewriting,
                      rewritten -> stage(rewritten, reports.total(rewriting, true)),
                      () -> repair(rewriting, data)));
      StagedModel staged = outcome.staged();
      if (staged == null) {
        throw rejected(rewriting, reports, data, outcome.accuracy(), gating.steps());
      }
      return finish(rewriting, reports, data, outcome.accuracy(), gating.steps(), staged);
    }
  }

  /** Annotated first, so that the bytes that are checked are the bytes that ship. */
  private StagedModel stage(Gating.Rewritten rewritten, @Nullable RegionEstimate total) {
    try (Scratch scratch = workspace.scratch()) {
      return stage(rewritten.in(scratch), total);
    }
  }

  private StagedModel stage(Rewriting.Result result, @Nullable RegionEstimate total) {
    Map<String, Long> rowsOf = new HashMap<>();
    result.rewrites().stream()
        .map(RegionRewrite::region)
        .forEach(
            region ->
                region
                    .layers()
                    .forEach(
                        layer ->
                            rowsOf.put(
                                layer.layer().name(), rows.of(region.graph(), layer.layer()))));
    DramSharing sharing = Estimates.sharing(options, target);
    OnnxModel annotated =
        Annotator.annotate(
            result.model(),
            result.rewrites(),
            target,
            sharing,
            layer -> rowsOf.getOrDefault(layer, 0L),
            options.irVersion() == IrVersion.AUTO,
            modelMetadata(sharing, total));
    Path place = output == null ? workspace.folder().resolve("dry-run.onnx") : output;
    return StagedModel.edited(model, annotated, place);
  }

  private ImmutableMap<String, String> modelMetadata(
      DramSharing sharing, @Nullable RegionEstimate total) {
    ImmutableMap.Builder<String, String> entries = ImmutableMap.builder();
    entries.put(MetadataKeys.VERSION, Version.current());
    entries.put(MetadataKeys.TARGET, target.name());
    entries.put(MetadataKeys.OPTIONS, OptionsText.of(options, target));
    entries.put(MetadataKeys.INPUT_SHA256, ModelFile.sha256(model.source()));
    if (total != null) {
      entries.put(MetadataKeys.SPEEDUP, ratio(total.of(sharing).speedup()));
      entries.put(MetadataKeys.ENERGY_RATIO, ratio(total.of(sharing).energyRatio()));
    }
    return entries.buildOrThrow();
  }

  private static String ratio(double value) {
    return String.format(Locale.ROOT, "%.4g", value);
  }

  private OptimizationReport unchanged(RegionReports reports) throws InterruptedException {
    Rewriting nothing = new Rewriting(index, Map.of());
    Path place = output == null ? workspace.folder().resolve("dry-run.onnx") : output;
    try (StagedModel staged = stages.run("write", () -> StagedModel.copied(model, place))) {
      OutputInfo info = ModelFacts.output(model, output, options.dryRun() ? null : staged);
      if (!options.dryRun()) {
        staged.commit(options.overwrite());
      }
      return report(
          Outcome.UNCHANGED, nothing, false, reports, Map.of(), info, null, ImmutableList.of());
    }
  }

  private OptimizationReport finish(
      Rewriting rewriting,
      RegionReports reports,
      RunData data,
      @Nullable Accuracy accuracy,
      ImmutableList<Step> steps,
      StagedModel staged)
      throws InterruptedException {
    try (staged) {
      Map<String, Double> errors = regionErrors(rewriting, data);
      OnnxModel written = ModelFile.read(staged.path());
      OutputInfo info = ModelFacts.output(written, output, options.dryRun() ? null : staged);
      if (!options.dryRun()) {
        staged.commit(options.overwrite());
      }
      return report(Outcome.OPTIMIZED, rewriting, true, reports, errors, info, accuracy, steps);
    }
  }

  private GateFailedException rejected(
      Rewriting rewriting,
      RegionReports reports,
      RunData data,
      Accuracy accuracy,
      ImmutableList<Step> steps) {
    OptimizationReport report =
        report(Outcome.REJECTED, rewriting, false, reports, Map.of(), null, accuracy, steps);
    Accuracy.GateResult failed =
        accuracy.gates().stream().filter(g -> !g.passed()).findFirst().orElseThrow();
    return new GateFailedException(
        String.format(
            Locale.ROOT,
            "The gate failed with every choice of regions: %s of output '%s' is %.4f, the limit %.4f; nothing was written.",
            failed.metric().replace('_', ' '),
            failed.output(),
            failed.value(),
            failed.limit()),
        data.calibration() == null
            ? "Give --calibration DATA, so that weights are repaired; or loosen the limit."
            : "Use fewer accelerators or more calibration data, or loosen the limit.",
        report);
  }

  private Map<String, Double> regionErrors(Rewriting rewriting, RunData data)
      throws InterruptedException {
    DataSet calibration = data.calibration();
    return calibration == null
        ? Map.of()
        : stages.run(
            "region errors",
            () -> RegionErrors.measure(workspace, rewriting, calibration, options.threads()));
  }

  private OptimizationReport report(
      Outcome outcome,
      Rewriting rewriting,
      boolean rewritten,
      RegionReports reports,
      Map<String, Double> errors,
      @Nullable OutputInfo info,
      @Nullable Accuracy accuracy,
      ImmutableList<Step> steps) {
    RegionEstimate total = reports.total(rewriting, rewritten);
    if (rows.guessed()) {
      warn("The rows of some layers are not in the file; the estimates assume one row for them.");
    }
    return new OptimizationReport(
        Version.current(),
        options.seed(),
        outcome,
        ImmutableList.copyOf(warnings),
        ModelFacts.input(model),
        info,
        Estimates.info(options, target, rows),
        reports.regions(rewriting, rewritten, options.effectiveRepair(), errors),
        total,
        steps,
        reports.skipped(),
        accuracy,
        stages.info());
  }
}
