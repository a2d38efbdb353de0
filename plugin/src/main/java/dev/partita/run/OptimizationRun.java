package dev.partita.run;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.Version;
import dev.partita.accelerator.Target;
import dev.partita.context.Inlining;
import dev.partita.context.RunData;
import dev.partita.context.Stages;
import dev.partita.context.Workspace;
import dev.partita.dense.find.LayerRows;
import dev.partita.dense.region.Findings;
import dev.partita.dense.region.Region;
import dev.partita.estimate.Estimates;
import dev.partita.estimate.NotCosted;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.model.OnnxModel;
import dev.partita.model.StagedModel;
import dev.partita.options.Options;
import dev.partita.plan.Gain;
import dev.partita.plan.Planning;
import dev.partita.repair.moments.InputScales;
import dev.partita.repair.region.RegionRepair;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.Outcome;
import dev.partita.report.schema.OptimizationReport.OutputInfo;
import dev.partita.report.schema.OptimizationReport.RegionEstimate;
import dev.partita.report.schema.OptimizationReport.Step;
import dev.partita.report.schema.ShortList;
import dev.partita.rewrite.RegionWeights;
import dev.partita.rewrite.Rewriting;
import dev.partita.runtime.DataSet;
import dev.partita.trial.Gating;
import dev.partita.trial.RunTrials;
import dev.partita.verify.Accuracy;
import dev.partita.verify.Gate;
import dev.partita.verify.ModelComparison;
import dev.partita.verify.Reference;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One run: the stages in order, each handing its record to the next. With the gate on, one that
 * does not take regions back only measures it.
 */
public final class OptimizationRun {

  private final OnnxModel read;
  private final Inlining inlining;
  private final @Nullable Path output;
  private final Options options;
  private final Stages stages;
  private final Workspace workspace;
  private final Common common;
  private final Target target;
  private final GraphIndex index;
  private final LayerRows rows;
  private final CandidateWriter writer;
  private final RunWarnings warnings;
  private final boolean takesBack;
  private @Nullable RunData data;

  public OptimizationRun(
      OnnxModel read,
      @Nullable Path output,
      Options options,
      Stages stages,
      Workspace workspace,
      Common common,
      boolean takesBack) {
    this.common = common;
    this.takesBack = takesBack;
    this.read = read;
    this.inlining = Inlining.of(read, options);
    this.output = output;
    this.options = options;
    this.stages = stages;
    this.workspace = workspace;
    this.target = Estimates.target(options);
    this.index = new GraphIndex(inlining.model());
    this.rows = new LayerRows(index, options.target().dims());
    this.writer = new CandidateWriter(read, output, options, target, rows, workspace);
    this.warnings = new RunWarnings(stages.listener());
  }

  public OptimizationReport run() throws InterruptedException {
    warnings.ofFunctions(inlining);
    Gain gain = stages.run("find", () -> Gain.of(index, options, target));
    Findings found = gain.findings();
    warnings.ofPatterns(options, found);
    RunData data = stages.run("data", () -> common.data(read.source(), options));
    this.data = data;
    if (found.regions().isEmpty()) {
      return unchanged(reports(found));
    }
    Planning.Planned plans =
        stages.run("plan", () -> Planning.plan(this::scales, options, target, index, gain, data));
    RegionReports reports = reports(plans.findings());
    if (plans.findings().regions().isEmpty()) {
      return unchanged(reports);
    }
    warnings.ofRegions(plans.findings(), data);
    warnings.ofFolding(options, plans.findings());
    Rewriting rewriting = plans.rewriting();
    plans
        .findings()
        .regions()
        .forEach(region -> rewriting.activate(region, RegionWeights.ORIGINAL));
    RegionRepair repair =
        new RegionRepair(workspace, options, stages, data.calibration(), warnings::ofRepair);
    repair.leastSquares(rewriting);
    if (data.validation() == null) {
      repair.distil(rewriting);
      RegionEstimate planned = reports.total(rewriting, true);
      StagedModel staged = stages.run("write", () -> writer.stage(rewriting::result, planned));
      return finish(rewriting, reports, repair, null, null, staged);
    }
    return verified(rewriting, reports, data, repair);
  }

  private InputScales scales(List<Region> regions, DataSet data, boolean withCovariance)
      throws InterruptedException {
    return common.scales(
        workspace, index, regions, data, withCovariance, options.planning().threads());
  }

  private RegionReports reports(Findings findings) {
    return new RegionReports(findings, new Estimates(target, rows), target.accelerators());
  }

  private OptimizationReport verified(
      Rewriting rewriting, RegionReports reports, RunData data, RegionRepair repair)
      throws InterruptedException {
    DataSet validation = data.validation();
    if (validation == null) {
      throw new IllegalArgumentException("no validation data");
    }
    Reference reference =
        stages.run(
            "reference",
            () -> common.reference(read.source(), validation, options.planning().threads()));
    RunTrials trials = new RunTrials(options, target, index, rows, this::scales, data, repair);
    boolean measuresOnly = !options.gate().on() || !takesBack;
    List<Step> closing =
        measuresOnly ? List.of() : measureClosing(rewriting, reports, trials, reference);
    repair.distil(rewriting);
    if (measuresOnly) {
      StagedModel staged =
          stages.run(
              "write", () -> writer.stage(rewriting::result, reports.total(rewriting, true)));
      Accuracy figures = stages.run("verify", () -> measure(reference, staged.path()));
      return finish(rewriting, reports, repair, figures, null, staged);
    }
    Gating gating =
        new Gating(
            RunData.limits(options),
            reference,
            options.planning().threads(),
            trials.softening(rewriting),
            closing);
    Gating.Outcome outcome =
        stages.run(
            "verify",
            () ->
                gating.gate(
                    rewriting,
                    rewritten -> writer.stage(rewritten, reports.total(rewriting, true)),
                    () -> repair.repair(rewriting)));
    StagedModel staged = outcome.staged();
    if (staged == null) {
      throw rejected(rewriting, reports, data, outcome.accuracy(), gating);
    }
    return finish(rewriting, reports, repair, outcome.accuracy(), gating, staged);
  }

  private List<Step> measureClosing(
      Rewriting rewriting, RegionReports reports, RunTrials trials, Reference reference)
      throws InterruptedException {
    return stages.run(
        "closing layers",
        () ->
            trials.closing(
                rewriting,
                () -> {
                  try (StagedModel staged =
                      writer.stage(rewriting::result, reports.total(rewriting, true))) {
                    return measure(reference, staged.path());
                  }
                }));
  }

  private Accuracy measure(Reference reference, Path staged) throws InterruptedException {
    return options.gate().on()
        ? Gate.check(RunData.limits(options), reference, staged, options.planning().threads())
        : ModelComparison.compare(reference, staged, options.planning().threads());
  }

  private OptimizationReport unchanged(RegionReports reports) throws InterruptedException {
    Rewriting nothing = new Rewriting(index, Map.of(), 0);
    try (StagedModel staged = stages.run("write", writer::copy)) {
      OutputInfo info = ModelFacts.output(read, output, options.output().dryRun() ? null : staged);
      if (!options.output().dryRun()) {
        staged.commit(options.output().overwrite());
      }
      return report(Outcome.UNCHANGED, nothing, false, reports, Map.of(), info, null, null);
    }
  }

  private OptimizationReport finish(
      Rewriting rewriting,
      RegionReports reports,
      RegionRepair repair,
      @Nullable Accuracy accuracy,
      @Nullable Gating gating,
      StagedModel staged)
      throws InterruptedException {
    try (staged) {
      Map<String, Double> errors = repair.errors(rewriting);
      OnnxModel written = ModelFile.read(staged.path());
      OutputInfo info =
          ModelFacts.output(written, output, options.output().dryRun() ? null : staged);
      if (!options.output().dryRun()) {
        staged.commit(options.output().overwrite());
      }
      return report(Outcome.OPTIMIZED, rewriting, true, reports, errors, info, accuracy, gating);
    }
  }

  private GateFailedException rejected(
      Rewriting rewriting, RegionReports reports, RunData data, Accuracy accuracy, Gating gating) {
    OptimizationReport report =
        report(Outcome.REJECTED, rewriting, false, reports, Map.of(), null, accuracy, gating);
    Accuracy.GateResult failed =
        accuracy.gates().stream().filter(g -> !g.passed()).findFirst().orElseThrow();
    return new GateFailedException(
        String.format(
            Locale.ROOT,
            "The gate failed with every choice of regions: %s of %s is %.4f, the limit is "
                + "%.4f (alone: %s); nothing was written.",
            failed.metric().replace('_', ' '),
            failed.output().equals(Accuracy.GateResult.ALL_OUTPUTS)
                ? "all outputs"
                : "output '" + failed.output() + "'",
            failed.value(),
            failed.limit(),
            reasons(report)),
        data.calibration() == null
            ? "Pass --calibration DATA to repair the weights, or loosen the limit."
            : "Use fewer accelerators or more calibration data, or loosen the limit.",
        report);
  }

  /** What each region did alone, in the order in which they were taken back. */
  private static String reasons(OptimizationReport report) {
    return ShortList.of(
        report.steps().stream()
            .filter(step -> step.action().equals(Step.REVERTED))
            .map(
                step ->
                    String.format(Locale.ROOT, "%s %.4f", step.region(), step.alone())
                        + RegionReports.tried(step.region(), report.steps()))
            .toList());
  }

  private OptimizationReport report(
      Outcome outcome,
      Rewriting rewriting,
      boolean rewritten,
      RegionReports reports,
      Map<String, Double> errors,
      @Nullable OutputInfo info,
      @Nullable Accuracy accuracy,
      @Nullable Gating gating) {
    ImmutableList<Step> steps = gating == null ? ImmutableList.of() : gating.steps();
    Map<String, Double> alone = gating == null ? Map.of() : gating.sensitivities();
    RegionEstimate total = reports.total(rewriting, rewritten);
    warnings.ofRows(rows);
    if (data != null) {
      warnings.ofData(data);
    }
    return new OptimizationReport(
        Version.current(),
        options.planning().seed(),
        outcome,
        warnings.all(),
        ModelFacts.input(read),
        info,
        Estimates.info(options, target, rows),
        reports.regions(rewriting, rewritten, options.effectiveRepair(), steps, alone, errors),
        total,
        steps,
        reports.skipped(),
        NotCosted.operators(
            index, reports.findings(), rewritten && info != null ? info.operators() : null),
        accuracy,
        rewritten ? writer.annotations() : ImmutableMap.of(),
        options.output().illustrations()
            ? reports.illustrations(rewriting, rewritten, target)
            : null,
        stages.info());
  }
}
