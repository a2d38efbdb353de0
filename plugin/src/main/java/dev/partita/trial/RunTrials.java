package dev.partita.trial;

import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.Target;
import dev.partita.context.RunData;
import dev.partita.dense.find.LayerRows;
import dev.partita.estimate.BlockSizes;
import dev.partita.estimate.CutEstimates;
import dev.partita.estimate.Estimates;
import dev.partita.model.GraphIndex;
import dev.partita.options.Options;
import dev.partita.options.Repair;
import dev.partita.options.Soften;
import dev.partita.options.Strategy;
import dev.partita.plan.Gain;
import dev.partita.plan.Planning;
import dev.partita.repair.region.RegionRepair;
import dev.partita.report.schema.OptimizationReport.Step;
import dev.partita.rewrite.Rewriting;
import dev.partita.workers.Workers;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a run tries on validation data beside its first plan: last layers cut, regions softened. */
public final class RunTrials {

  private final Options options;
  private final Target target;
  private final GraphIndex index;
  private final DramSharing sharing;
  private final CutEstimates estimates;
  private final SofteningTrials.Replanning replanning;
  private final RegionRepair repair;

  /**
   * Trials of a run.
   *
   * @param scales measures the inputs of what is planned anew
   * @param repair of what is cut anew
   */
  public RunTrials(
      Options options,
      Target target,
      GraphIndex index,
      LayerRows rows,
      Planning.Scales scales,
      RunData data,
      RegionRepair repair,
      Workers workers) {
    this.options = options;
    this.target = target;
    this.index = index;
    this.repair = repair;
    this.sharing = Estimates.sharing(options, target);
    this.estimates = new CutEstimates(index, target, rows, sharing);
    BlockSizes sizes = new BlockSizes(target, sharing, rows);
    this.replanning =
        (region, branches) ->
            Planning.again(scales, options, sizes, region, branches, data, workers);
  }

  /**
   * Decides by measurement whether last layers stay whole; least squares has the weights so far.
   */
  public List<Step> closing(Rewriting rewriting, ClosingLayers.Measuring measuring)
      throws InterruptedException {
    if (!ClosingLayers.mayBeCut(options)) {
      return List.of();
    }
    return new ClosingLayers(
            estimates, Gain.of(index, options, target, /* cutClosing= */ true).findings())
        .decide(
            rewriting, replanning, region -> repair.leastSquaresFrom(rewriting, region), measuring);
  }

  /** Null where regions are taken back at once: a lossless cut leaves nothing to soften. */
  @Nullable
  public SofteningTrials softening(Rewriting rewriting) {
    if (options.repair().soften() == Soften.NONE
        || options.planning().strategy() == Strategy.LOSSLESS) {
      return null;
    }
    return new SofteningTrials(
        new Softenings(index, estimates, options.effectiveRepair()),
        replanning,
        region -> repair.repairFrom(rewriting, region),
        options.effectiveRepair() == Repair.DISTILL
            ? SofteningTrials.MOST_DISTILLED_TRIALS
            : SofteningTrials.MOST_TRIALS);
  }
}
