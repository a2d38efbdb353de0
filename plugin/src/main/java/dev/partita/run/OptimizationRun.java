package dev.partita.run;

import com.google.common.collect.ImmutableMap;
import dev.partita.Version;
import dev.partita.accelerator.Target;
import dev.partita.context.RunContext;
import dev.partita.context.RunData;
import dev.partita.context.Stages;
import dev.partita.dense.find.LayerRows;
import dev.partita.dense.region.Findings;
import dev.partita.estimate.Estimates;
import dev.partita.estimate.NotCosted;
import dev.partita.estimate.RewritingEstimates;
import dev.partita.model.ModelFile;
import dev.partita.model.OnnxModel;
import dev.partita.model.StagedModel;
import dev.partita.options.Options;
import dev.partita.plan.Gain;
import dev.partita.plan.Planning;
import dev.partita.repair.region.RegionRepair;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.Outcome;
import dev.partita.report.schema.OptimizationReport.OutputInfo;
import dev.partita.report.schema.OptimizationReport.RegionEstimate;
import dev.partita.report.schema.OptimizationReport.Step;
import dev.partita.report.schema.ShortList;
import dev.partita.rewrite.Rewriting;
import dev.partita.runtime.DataSet;
import dev.partita.trial.Candidate;
import dev.partita.trial.CandidateWriter;
import dev.partita.trial.ClosingLayers;
import dev.partita.trial.Gating;
import dev.partita.trial.Trials;
import dev.partita.verify.Accuracy;
import dev.partita.verify.Reference;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One run: the stages in order, each handing its record to the next. With the gate on, one that
 * does not take regions back only measures it.
 */
public final class OptimizationRun {

  private final RunContext context;
  private final Options options;
  private final @Nullable Path output;
  private final Common common;
  private final CandidateWriter writer;
  private final RunWarnings warnings;
  private final boolean takesBack;

  public OptimizationRun(
      RunContext context, @Nullable Path output, Common common, boolean takesBack) {
    this.context = context;
    this.options = context.options();
    this.output = output;
    this.common = common;
    this.takesBack = takesBack;
    this.writer = new CandidateWriter(context, output);
    this.warnings = new RunWarnings(context.stages().listener());
  }

  public OptimizationReport run() throws InterruptedException {
    Stages stages = context.stages();
    warnings.ofFunctions(context.inlining());
    Gain gain =
        stages.run("find", () -> Gain.of(context.index(), options, context.scenario().target()));
    Findings found = gain.findings();
    warnings.ofPatterns(options, found);
    RunData data = stages.run("data", () -> common.data(context.read().source(), options));
    if (found.regions().isEmpty()) {
      return unchanged(found, data);
    }
    Planning planning = new Planning(context, common.scales(), data.calibration());
    Planning.Planned plans = stages.run("plan", () -> planning.plan(gain));
    if (plans.findings().regions().isEmpty()) {
      return unchanged(plans.findings(), data);
    }
    warnings.ofRegions(plans.findings(), data);
    warnings.ofFolding(options, plans.findings());
    RewritingEstimates estimates = new RewritingEstimates(plans.findings(), context.estimates());
    RegionRepair repair =
        new RegionRepair(context, common.fronts(), data.calibration(), warnings::ofRepair);
    Rewriting repaired = repair.leastSquares(plans.rewriting().withAll());
    DataSet validation = data.validation();
    Gating.Outcome outcome =
        validation == null
            ? written(repair.distil(repaired), estimates)
            : verified(
                new Trials(context, planning, repair, writer, estimates, reference(validation)),
                repaired);
    Candidate candidate = outcome.candidate();
    if (candidate == null) {
      throw rejected(new Result(Outcome.REJECTED, estimates, outcome, Map.of(), null), data);
    }
    return finish(candidate, outcome, estimates, repair, data);
  }

  private Reference reference(DataSet validation) throws InterruptedException {
    return context
        .stages()
        .run("reference", () -> common.reference(context.read().source(), validation));
  }

  private Gating.Outcome written(Rewriting rewriting, RewritingEstimates estimates)
      throws InterruptedException {
    Candidate candidate = context.stages().run("write", () -> writer.stage(rewriting, estimates));
    return Gating.Outcome.of(rewriting, null, candidate);
  }

  private Gating.Outcome verified(Trials trials, Rewriting repaired) throws InterruptedException {
    Stages stages = context.stages();
    if (!options.gate().on() || !takesBack) {
      Gating.Outcome written = written(trials.repair().distil(repaired), trials.estimates());
      Candidate candidate = Objects.requireNonNull(written.candidate());
      Accuracy figures =
          stages.run(
              "verify",
              () ->
                  takesBack
                      ? trials.accuracy(candidate)
                      : trials.accuracyFromFront(common.fronts(), written.rewriting(), candidate));
      return Gating.Outcome.of(written.rewriting(), figures, candidate);
    }
    ClosingLayers.Decided closing =
        stages.run("closing layers", () -> ClosingLayers.decide(trials, repaired));
    Rewriting distilled = trials.repair().distil(closing.rewriting());
    return stages.run("verify", () -> Gating.gate(trials, distilled, closing.steps()));
  }

  private OptimizationReport unchanged(Findings findings, RunData data)
      throws InterruptedException {
    try (StagedModel staged = context.stages().run("write", writer::copy)) {
      OutputInfo info = committed(context.read(), staged);
      Gating.Outcome nothing =
          Gating.Outcome.of(Rewriting.of(context.index(), Map.of(), 0), null, null);
      RewritingEstimates estimates = new RewritingEstimates(findings, context.estimates());
      return report(new Result(Outcome.UNCHANGED, estimates, nothing, Map.of(), info), data);
    }
  }

  private OptimizationReport finish(
      Candidate candidate,
      Gating.Outcome outcome,
      RewritingEstimates estimates,
      RegionRepair repair,
      RunData data)
      throws InterruptedException {
    try (candidate) {
      Map<String, Double> errors = repair.errors(outcome.rewriting());
      OutputInfo info = committed(ModelFile.read(candidate.staged().path()), candidate.staged());
      return report(new Result(Outcome.OPTIMIZED, estimates, outcome, errors, info), data);
    }
  }

  private OutputInfo committed(OnnxModel written, StagedModel staged) {
    boolean dry = options.output().dryRun();
    OutputInfo info = ModelFacts.output(written, output, dry ? null : staged);
    if (!dry) {
      staged.commit(options.output().overwrite());
    }
    return info;
  }

  private GateFailedException rejected(Result result, RunData data) {
    OptimizationReport report = report(result, data);
    Accuracy.GateResult failed =
        Objects.requireNonNull(result.gated().accuracy()).gates().stream()
            .filter(gate -> !gate.passed())
            .findFirst()
            .orElseThrow();
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

  /**
   * How a run ended.
   *
   * @param errors relative error of each region on held-out calibration rows, by its id
   * @param info of what was written, or with a dry run would be; null when rejected
   */
  private record Result(
      Outcome outcome,
      RewritingEstimates estimates,
      Gating.Outcome gated,
      Map<String, Double> errors,
      @Nullable OutputInfo info) {}

  private OptimizationReport report(Result result, RunData data) {
    Target target = context.scenario().target();
    LayerRows rows = context.scenario().rows();
    Gating.Outcome gated = result.gated();
    Candidate candidate = gated.candidate();
    OutputInfo info = result.info();
    RewritingEstimates estimates = result.estimates();
    RegionReports reports = new RegionReports(context, estimates, gated);
    // The rows that had to be assumed are known once all layers were estimated.
    RegionEstimate total = estimates.total(gated.rewriting());
    warnings.ofRows(rows);
    warnings.ofData(data);
    return new OptimizationReport(
        Version.current(),
        options.planning().seed(),
        result.outcome(),
        warnings.all(),
        ModelFacts.input(context.read()),
        info,
        Estimates.info(options, target, rows),
        reports.regions(result.errors()),
        total,
        gated.steps(),
        RegionReports.skipped(estimates.findings().skipped()),
        NotCosted.operators(
            context.index(),
            estimates.findings(),
            candidate != null && info != null ? info.operators() : null),
        gated.accuracy(),
        candidate == null ? ImmutableMap.of() : candidate.annotations(),
        options.output().illustrations()
            ? Illustrator.of(gated.rewriting(), estimates, target)
            : null,
        context.stages().info());
  }
}
