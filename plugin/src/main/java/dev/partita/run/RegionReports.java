package dev.partita.run;

import com.google.common.collect.ImmutableList;
import dev.partita.accelerator.LayerWork;
import dev.partita.accelerator.Target;
import dev.partita.dense.region.Findings;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.dense.select.Skipped;
import dev.partita.estimate.Estimates;
import dev.partita.options.Repair;
import dev.partita.partition.PartitionPlan;
import dev.partita.repair.region.RegionRepair;
import dev.partita.report.schema.Illustrations;
import dev.partita.report.schema.OptimizationReport.LayerReport;
import dev.partita.report.schema.OptimizationReport.LayerState;
import dev.partita.report.schema.OptimizationReport.RegionEstimate;
import dev.partita.report.schema.OptimizationReport.RegionReport;
import dev.partita.report.schema.OptimizationReport.SkippedNode;
import dev.partita.report.schema.OptimizationReport.Status;
import dev.partita.report.schema.OptimizationReport.Step;
import dev.partita.rewrite.Bridges;
import dev.partita.rewrite.Cut;
import dev.partita.rewrite.RegionWeights;
import dev.partita.rewrite.Rewriting;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns what became of the regions into records of the report. */
public final class RegionReports {

  private final Findings findings;
  private final Estimates estimates;
  private final int accelerators;

  RegionReports(Findings findings, Estimates estimates, int accelerators) {
    this.findings = findings;
    this.estimates = estimates;
    this.accelerators = accelerators;
  }

  /**
   * Every region.
   *
   * @param rewritten whether the active regions are, in what was written
   * @param steps what the gate softened and took back, and what that did alone
   * @param sensitivities what each region did to the gate's metric alone, by its id
   * @param errors relative error of a region's outputs on held-out calibration rows, by its id
   */
  ImmutableList<RegionReport> regions(
      Rewriting rewriting,
      boolean rewritten,
      Repair repair,
      List<Step> steps,
      Map<String, Double> sensitivities,
      Map<String, Double> errors) {
    ImmutableList.Builder<RegionReport> reports = ImmutableList.builder();
    List<LayerWork> model = works(rewriting, rewritten);
    for (Region found : findings.regions()) {
      boolean active = rewritten && rewriting.isActive(found);
      Cut cut = rewriting.cut(found);
      Region region = cut.region();
      PartitionPlan plan = cut.plan();
      long before = region.layers().stream().mapToLong(l -> l.layer().parameters()).sum();
      reports.add(
          new RegionReport(
              region.id(),
              active ? Status.REWRITTEN : Status.REVERTED,
              active ? null : reason(region, steps),
              active ? plan.branches() : accelerators,
              layers(region, active, rewriting.weights(region)),
              plan.strategy(),
              plan.retainedImportance(),
              repair(rewriting, repair, region),
              active ? errors.get(region.id()) : null,
              before,
              active ? rewriting.parametersAfter(region) : before,
              active ? rank(rewriting, region) : 0,
              estimates.estimate(works(rewriting, region, active), model),
              active ? softened(region, steps) : null,
              sensitivities.get(region.id())));
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

  private List<LayerWork> works(Rewriting rewriting, Region region, boolean active) {
    Cut cut = rewriting.cut(region);
    return active
        ? estimates.region(cut.region(), cut.plan(), rewriting.weights(region).bridges())
        : estimates.region(region, null, Bridges.NONE);
  }

  private static int rank(Rewriting rewriting, Region region) {
    return rewriting.weights(region).bridges().rank();
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

  /** Every dense layer of the model, cut or not; products of unknown form are left out. */
  @Nullable RegionEstimate total(Rewriting rewriting, boolean anything) {
    return estimates.estimate(works(rewriting, anything));
  }

  /** The same layers by themselves and in time, and pictures of those that were cut. */
  Illustrations illustrations(Rewriting rewriting, boolean anything, Target target) {
    return Illustrator.of(rewriting, works(rewriting, anything), estimates, target);
  }

  private List<LayerWork> works(Rewriting rewriting, boolean anything) {
    List<LayerWork> works = new ArrayList<>();
    for (Region region : findings.regions()) {
      boolean active = anything && rewriting.isActive(region);
      works.addAll(works(rewriting, region, active));
    }
    findings.leftLayers().forEach(left -> works.add(estimates.whole(left)));
    return works;
  }

  Findings findings() {
    return findings;
  }

  public ImmutableList<SkippedNode> skipped() {
    return skipped(findings.skipped());
  }

  public static ImmutableList<SkippedNode> skipped(List<Skipped> skipped) {
    return skipped.stream()
        .map(s -> new SkippedNode(s.node(), s.operator(), s.reason().name(), s.detail()))
        .collect(ImmutableList.toImmutableList());
  }
}
