package dev.partita.run;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
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
import dev.partita.options.Repair;
import dev.partita.plan.Gain;
import dev.partita.plan.Planning;
import dev.partita.repair.region.RegionRepair;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.Outcome;
import dev.partita.report.schema.OptimizationReport.OutputInfo;
import dev.partita.report.schema.OptimizationReport.RegionEstimate;
import dev.partita.report.schema.OptimizationReport.Step;
import dev.partita.report.schema.ShortList;
import dev.partita.report.schema.StageInfo;
import dev.partita.rewrite.Rewriting;
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
 * One run: the stages in order, each handing its facts to the next. With the gate on, one that does
 * not take regions back only measures it.
 */
public final class OptimizationRun {

  private static final Fact<Gain> FOUND = new Fact<>("regions", Gain.class);
  private static final Fact<RunData> DATA = new Fact<>("data", RunData.class);
  private static final Fact<Findings> PLANNED = new Fact<>("planned regions", Findings.class);
  private static final Fact<Rewriting> REWRITING = new Fact<>("rewriting", Rewriting.class);
  private static final Fact<Trials> TRIALS = new Fact<>("trials", Trials.class);
  private static final Fact<ClosingLayers.Decided> CLOSED =
      new Fact<>("closing layers", ClosingLayers.Decided.class);
  private static final Fact<Gating.Outcome> OUTCOME = new Fact<>("candidate", Gating.Outcome.class);

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

  /**
   * The stages of a run with such options.
   *
   * @param takesBack whether the gate softens regions and takes them back
   */
  public static ImmutableList<StageInfo> stages(Options options, boolean takesBack) {
    return pipeline(options, takesBack).info();
  }

  private static Pipeline pipeline(Options options, boolean takesBack) {
    boolean repairs = options.effectiveRepair() != Repair.NONE;
    boolean gates = options.gate().on() && takesBack;
    boolean measures = options.gate().on() || options.repair().validation() != null;
    ImmutableList.Builder<RunStage> stages = ImmutableList.builder();
    stages.add(RunStage.of("find", facts(), facts(FOUND), OptimizationRun::find));
    stages.add(new RunStage("data", facts(FOUND), facts(DATA), OptimizationRun::readData));
    stages.add(
        new RunStage("plan", facts(FOUND, DATA), facts(PLANNED, REWRITING), OptimizationRun::plan));
    if (repairs) {
      stages.add(
          RunStage.of("repair", facts(DATA, REWRITING), facts(REWRITING), OptimizationRun::repair));
    }
    if (measures) {
      stages.add(
          RunStage.of(
              "reference", facts(DATA, PLANNED), facts(TRIALS), OptimizationRun::reference));
    }
    if (gates) {
      stages.add(
          RunStage.of(
              "closing layers",
              facts(TRIALS, REWRITING),
              facts(REWRITING, CLOSED),
              OptimizationRun::decideClosing));
    }
    if (options.effectiveRepair() == Repair.DISTILL) {
      stages.add(
          measures
              ? RunStage.of(
                  "distil",
                  facts(TRIALS, REWRITING),
                  facts(REWRITING),
                  OptimizationRun::distilForGate)
              : RunStage.of(
                  "distil", facts(DATA, REWRITING), facts(REWRITING), OptimizationRun::distil));
    }
    if (gates) {
      stages.add(
          RunStage.of(
              "verify", facts(TRIALS, REWRITING, CLOSED), facts(OUTCOME), OptimizationRun::gate));
      return Pipeline.of(stages.build());
    }
    stages.add(
        RunStage.of("write", facts(PLANNED, REWRITING), facts(OUTCOME), OptimizationRun::write));
    if (measures) {
      stages.add(
          RunStage.of("verify", facts(TRIALS, OUTCOME), facts(OUTCOME), OptimizationRun::measure));
    }
    return Pipeline.of(stages.build());
  }

  private static ImmutableSet<Fact<?>> facts(Fact<?>... facts) {
    return ImmutableSet.copyOf(facts);
  }

  /** Runs the stages, and commits what came of them. */
  public OptimizationReport run() throws InterruptedException {
    warnings.ofFunctions(context.inlining());
    Facts facts = new Facts();
    pipeline(options, takesBack).run(this, facts);
    RunData data = facts.find(DATA).orElseThrow();
    Gating.Outcome outcome = facts.find(OUTCOME).orElse(null);
    if (outcome == null) {
      Findings found = facts.find(FOUND).orElseThrow().findings();
      return unchanged(facts.find(PLANNED).orElse(found), data);
    }
    RewritingEstimates estimates = estimates(facts.find(PLANNED).orElseThrow());
    Candidate candidate = outcome.candidate();
    if (candidate == null) {
      throw rejected(new Result(Outcome.REJECTED, estimates, outcome, Map.of(), null), data);
    }
    return finish(candidate, outcome, estimates, data);
  }

  /** Who runs and hears the stages. */
  Stages stages() {
    return context.stages();
  }

  private void find(Facts.Handed facts) {
    Gain gain = Gain.of(context.index(), options, context.scenario().target());
    warnings.ofPatterns(options, gain.findings());
    facts.give(FOUND, gain);
  }

  private boolean readData(Facts.Handed facts) {
    facts.give(DATA, common.data(context.read(), options));
    return !facts.get(FOUND).findings().regions().isEmpty();
  }

  private boolean plan(Facts.Handed facts) throws InterruptedException {
    RunData data = facts.get(DATA);
    Planning.Planned plans = planning(data).plan(facts.get(FOUND));
    facts.give(PLANNED, plans.findings());
    facts.give(REWRITING, plans.rewriting().withAll());
    if (plans.findings().regions().isEmpty()) {
      return false;
    }
    warnings.ofKeptWeights(
        context.index(), plans.findings(), context.scenario().target().accelerators());
    warnings.ofRegions(plans.findings(), data);
    warnings.ofFolding(options, plans.findings());
    return true;
  }

  private void repair(Facts.Handed facts) throws InterruptedException {
    facts.give(REWRITING, repair(facts.get(DATA)).leastSquares(facts.get(REWRITING)));
  }

  private void reference(Facts.Handed facts) throws InterruptedException {
    RunData data = facts.get(DATA);
    Reference reference =
        common.reference(context.read().source(), Objects.requireNonNull(data.validation()));
    facts.give(
        TRIALS,
        new Trials(
            context,
            planning(data),
            // Distillation aims at what the gate measures.
            repair(data).knowing(reference),
            writer,
            estimates(facts.get(PLANNED)),
            reference));
  }

  private void decideClosing(Facts.Handed facts) throws InterruptedException {
    ClosingLayers.Decided closing = ClosingLayers.decide(facts.get(TRIALS), facts.get(REWRITING));
    facts.give(REWRITING, closing.rewriting());
    facts.give(CLOSED, closing);
  }

  private void distil(Facts.Handed facts) throws InterruptedException {
    facts.give(REWRITING, repair(facts.get(DATA)).distil(facts.get(REWRITING)));
  }

  private void distilForGate(Facts.Handed facts) throws InterruptedException {
    facts.give(REWRITING, facts.get(TRIALS).repair().distil(facts.get(REWRITING)));
  }

  private void gate(Facts.Handed facts) throws InterruptedException {
    facts.give(
        OUTCOME, Gating.gate(facts.get(TRIALS), facts.get(REWRITING), facts.get(CLOSED).steps()));
  }

  private void write(Facts.Handed facts) {
    Rewriting rewriting = facts.get(REWRITING);
    Candidate candidate = writer.stage(rewriting, estimates(facts.get(PLANNED)));
    facts.give(OUTCOME, Gating.Outcome.of(rewriting, null, candidate));
  }

  private void measure(Facts.Handed facts) throws InterruptedException {
    Gating.Outcome written = facts.get(OUTCOME);
    Candidate candidate = Objects.requireNonNull(written.candidate());
    Trials trials = facts.get(TRIALS);
    Accuracy figures =
        takesBack
            ? trials.accuracy(candidate)
            : trials.accuracyFromFront(common.fronts(), written.rewriting(), candidate);
    facts.give(OUTCOME, Gating.Outcome.of(written.rewriting(), figures, candidate));
  }

  private Planning planning(RunData data) {
    return new Planning(context, common.scales(), common.plans(), data.calibration());
  }

  private RegionRepair repair(RunData data) {
    return new RegionRepair(context, common.fronts(), data.calibration(), warnings::ofRepair);
  }

  private RewritingEstimates estimates(Findings planned) {
    return new RewritingEstimates(planned, context.estimates());
  }

  private OptimizationReport unchanged(Findings findings, RunData data)
      throws InterruptedException {
    try (StagedModel staged = context.stages().run("write", writer::copy)) {
      OutputInfo info = output(context.read(), staged);
      Gating.Outcome nothing =
          Gating.Outcome.of(Rewriting.of(context.index(), Map.of(), 0), null, null);
      return committed(
          staged,
          report(
              new Result(Outcome.UNCHANGED, estimates(findings), nothing, Map.of(), info), data));
    }
  }

  private OptimizationReport finish(
      Candidate candidate, Gating.Outcome outcome, RewritingEstimates estimates, RunData data)
      throws InterruptedException {
    try (candidate) {
      Map<String, Double> errors = repair(data).errors(outcome.rewriting());
      OutputInfo info = output(ModelFile.read(candidate.staged().path()), candidate.staged());
      return committed(
          candidate.staged(),
          report(new Result(Outcome.OPTIMIZED, estimates, outcome, errors, info), data));
    }
  }

  private OutputInfo output(OnnxModel written, StagedModel staged) {
    return ModelFacts.output(written, output, options.output().dryRun() ? null : staged);
  }

  /** Puts the model in place last: a run that is refused, for whatever reason, writes nothing. */
  private OptimizationReport committed(StagedModel staged, OptimizationReport report) {
    if (!options.output().dryRun()) {
      staged.commit(options.output().overwrite());
    }
    return report;
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
        ModelFacts.input(context.read()).with(ModelFacts.weights(context.index())),
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
