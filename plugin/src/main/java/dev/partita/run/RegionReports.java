package dev.partita.run;

import com.google.common.collect.ImmutableList;
import dev.partita.accelerator.LayerWork;
import dev.partita.context.RunContext;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.dense.select.Skipped;
import dev.partita.estimate.RewritingEstimates;
import dev.partita.options.Repair;
import dev.partita.partition.PartitionPlan;
import dev.partita.repair.region.RegionRepair;
import dev.partita.report.schema.OptimizationReport.LayerReport;
import dev.partita.report.schema.OptimizationReport.LayerState;
import dev.partita.report.schema.OptimizationReport.RegionReport;
import dev.partita.report.schema.OptimizationReport.SkippedNode;
import dev.partita.report.schema.OptimizationReport.Status;
import dev.partita.report.schema.OptimizationReport.Step;
import dev.partita.rewrite.Cut;
import dev.partita.rewrite.RegionWeights;
import dev.partita.rewrite.Rewriting;
import dev.partita.trial.Candidate;
import dev.partita.trial.Gating;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns what became of the regions into records of the report. */
public final class RegionReports {

  private final RunContext context;
  private final RewritingEstimates estimates;
  private final Gating.Outcome outcome;

  RegionReports(RunContext context, RewritingEstimates estimates, Gating.Outcome outcome) {
    this.context = context;
    this.estimates = estimates;
    this.outcome = outcome;
  }

  /**
   * Every region.
   *
   * @param errors relative error of a region's outputs on held-out calibration rows, by its id
   */
  ImmutableList<RegionReport> regions(Map<String, Double> errors) {
    Rewriting rewriting = outcome.rewriting();
    List<Step> steps = outcome.steps();
    Candidate candidate = outcome.candidate();
    ImmutableList.Builder<RegionReport> reports = ImmutableList.builder();
    List<LayerWork> model = estimates.works(rewriting);
    for (Region found : estimates.findings().regions()) {
      boolean active = candidate != null && rewriting.isActive(found);
      Cut cut = rewriting.cut(found);
      Region region = cut.region();
      PartitionPlan plan = cut.plan();
      long before = region.layers().stream().mapToLong(l -> l.layer().parameters()).sum();
      reports.add(
          new RegionReport(
              region.id(),
              active ? Status.REWRITTEN : Status.REVERTED,
              active ? null : reason(region, steps),
              active ? plan.branches() : context.scenario().target().accelerators(),
              layers(region, active, rewriting.weights(region)),
              plan.strategy(),
              plan.retainedImportance(),
              repair(rewriting, context.options().effectiveRepair(), region),
              active ? errors.get(region.id()) : null,
              before,
              candidate == null
                  ? before
                  : candidate.parametersAfter().getOrDefault(region.id(), before),
              rewriting.weights(region).bridges().rank(),
              estimates.estimates().estimate(estimates.works(rewriting, region), model),
              active ? softened(region, steps) : null,
              outcome.sensitivities().get(region.id())));
    }
    return reports.build();
  }

  /** The last of several softenings took the place of the others. */
  private static @Nullable String softened(Region region, List<Step> steps) {
    return steps.stream()
        .filter(step -> step.region().equals(region.id()) && !step.isOfClosingLayer())
        .map(Step::action)
        .reduce((first, second) -> second)
        .orElse(null);
  }

  /**
   * That of the gate, with what the region did to the gate's metric alone where that is known, and
   * what softening it brought.
   */
  private static String reason(Region region, List<Step> steps) {
    return steps.stream()
        .filter(step -> step.region().equals(region.id()) && step.action().equals(Step.REVERTED))
        .filter(step -> step.alone() != null)
        .findFirst()
        .map(
            step ->
                String.format(
                    Locale.ROOT,
                    "GATE: alone, %s %.4f%s",
                    step.metric(),
                    step.alone(),
                    tried(region.id(), steps)))
        .orElse("GATE");
  }

  /** Every softening of a region and what it did alone; nothing where there is none. */
  static String tried(String region, List<Step> steps) {
    List<String> all = new ArrayList<>();
    for (Step step : steps) {
      if (!step.region().equals(region) || step.isOfClosingLayer()) {
        continue;
      }
      step.tried().forEach(trial -> all.add(figure(trial.detail(), trial.alone())));
      if (step.detail() != null) {
        all.add(figure(step.detail(), step.aloneAfter()));
      }
    }
    return all.isEmpty() ? "" : "; softened: " + String.join(", ", all);
  }

  private static String figure(String detail, @Nullable Double alone) {
    return alone == null ? detail : String.format(Locale.ROOT, "%s %.4f", detail, alone);
  }

  private static String repair(Rewriting rewriting, Repair asked, Region region) {
    if (asked == Repair.NONE || !RegionRepair.canRepair(region)) {
      return "none";
    }
    return rewriting.isDistilled(region) ? "distill" : "least-squares";
  }

  private static ImmutableList<LayerReport> layers(
      Region region, boolean active, RegionWeights weights) {
    ImmutableList.Builder<LayerReport> layers = ImmutableList.builder();
    for (RegionLayer layer : region.layers()) {
      boolean refitted = weights.contains(layer.layer());
      layers.add(
          new LayerReport(
              layer.layer().name(),
              layer.layer().form().label(),
              layer.layer().in(),
              layer.layer().out(),
              active ? state(layer, refitted) : LayerState.WHOLE));
    }
    return layers.build();
  }

  public static LayerState state(RegionLayer layer, boolean refitted) {
    if (!layer.whole()) {
      return LayerState.CUT;
    }
    return refitted ? LayerState.REFITTED : LayerState.WHOLE;
  }

  public static ImmutableList<SkippedNode> skipped(List<Skipped> skipped) {
    return skipped.stream()
        .map(s -> new SkippedNode(s.node(), s.operator(), s.reason().name(), s.detail()))
        .collect(ImmutableList.toImmutableList());
  }
}
