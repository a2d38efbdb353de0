package dev.partita.plan;

import dev.partita.accelerator.Target;
import dev.partita.context.RunData;
import dev.partita.dense.find.LayerRows;
import dev.partita.dense.region.Findings;
import dev.partita.dense.region.Region;
import dev.partita.estimate.BlockSizes;
import dev.partita.estimate.Estimates;
import dev.partita.model.GraphIndex;
import dev.partita.model.OnnxModel;
import dev.partita.options.Options;
import dev.partita.options.Repair;
import dev.partita.options.Strategy;
import dev.partita.partition.ContiguousStrategy;
import dev.partita.partition.DraftedStrategy;
import dev.partita.partition.LosslessStrategy;
import dev.partita.partition.OptimizedStrategy;
import dev.partita.partition.PartitionPlan;
import dev.partita.partition.PlanProblem;
import dev.partita.partition.PlanStrategy;
import dev.partita.partition.RandomStrategy;
import dev.partita.repair.moments.BlasProducts;
import dev.partita.repair.moments.InputScales;
import dev.partita.repair.region.RegionRepair;
import dev.partita.rewrite.Rewriting;
import dev.partita.runtime.DataSet;
import dev.partita.workers.Workers;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes a plan for every region. */
public final class Planning {

  private Planning() {}

  /** Measures how large the inputs of layers are. */
  public interface Scales {
    InputScales measure(List<Region> regions, DataSet data, boolean withCovariance)
        throws InterruptedException;
  }

  /**
   * The plans.
   *
   * @param findings the regions that have a plan, and a reason for every other layer
   */
  public record Planned(Findings findings, Rewriting rewriting) {}

  public static Planned plan(
      Scales scales,
      Options options,
      Target target,
      GraphIndex index,
      Gain gain,
      RunData data,
      Workers workers)
      throws InterruptedException {
    Findings findings = gain.findings();
    if (options.planning().strategy() == Strategy.LOSSLESS) {
      FiniteWeights.require(index.model(), findings.regions(), workers);
      return LosslessPlanning.plan(target, index, gain, workers);
    }
    DataSet calibration = data.calibration();
    boolean forRepair = forRepair(options);
    InputScales measured =
        calibration == null
            ? InputScales.NONE
            : scales.measure(inMainGraph(findings), calibration, forRepair);
    if (!isBlind(options)) {
      FiniteWeights.require(index.model(), findings.regions(), workers);
    }
    Map<Region, PartitionPlan> plans = new LinkedHashMap<>();
    BlockSizes sizes =
        new BlockSizes(
            target,
            Estimates.sharing(options, target),
            new LayerRows(index, options.target().dims()));
    for (Region region : findings.regions()) {
      // Values in bodies cannot be captured, so that nothing is known of them and nothing repaired.
      InputScales known = region.graph().isMain() ? measured : InputScales.NONE;
      PlanProblem problem =
          sizes.sized(region, problem(region, target.accelerators(), known, workers));
      plans.put(
          region,
          strategy(options, forRepair && canRepair(region), problem, workers).plan(problem));
      if (isBlind(options)) {
        requireFinite(index.model(), region, problem, workers);
      }
    }
    return new Planned(findings, new Rewriting(index, plans, options.repair().bridgeRank()));
  }

  /**
   * A plan for one region by itself, cut in another way than at first. Its inputs are measured
   * anew: what was known of all regions would have to be kept for it, and that is large.
   *
   * @param branches at least 2, at most as many as the target has accelerators
   */
  public static PartitionPlan again(
      Scales scales,
      Options options,
      BlockSizes sizes,
      Region region,
      int branches,
      RunData data,
      Workers workers)
      throws InterruptedException {
    DataSet calibration = data.calibration();
    boolean forRepair = forRepair(options);
    InputScales known =
        calibration == null || !region.graph().isMain()
            ? InputScales.NONE
            : scales.measure(List.of(region), calibration, forRepair);
    PlanProblem problem = sizes.sized(region, problem(region, branches, known, workers));
    return strategy(options, forRepair && canRepair(region), problem, workers).plan(problem);
  }

  /** What is to be repaired is planned for repair. */
  private static boolean forRepair(Options options) {
    return options.planning().strategy() == Strategy.OPTIMIZED
        && options.effectiveRepair() != Repair.NONE;
  }

  private static PlanProblem problem(
      Region region, int branches, InputScales known, Workers workers) {
    return PlanProblem.of(region, branches, known::scale, known::covariance, workers);
  }

  /** What keeps its weights is planned for the weights that it keeps. */
  private static boolean canRepair(Region region) {
    return RegionRepair.canRepair(region)
        && region.cutLayers().stream().allMatch(layer -> layer.layer().form().isRepairable());
  }

  private static List<Region> inMainGraph(Findings findings) {
    return findings.regions().stream().filter(region -> region.graph().isMain()).toList();
  }

  /**
   * Whether the plan is made without a look at the weights, so that they may be checked with it.
   */
  private static boolean isBlind(Options options) {
    return options.planning().strategy() == Strategy.CONTIGUOUS
        || options.planning().strategy() == Strategy.RANDOM;
  }

  /** What summing up the importance did not see is read now, or all of it to name what is wrong. */
  private static void requireFinite(
      OnnxModel model, Region region, PlanProblem problem, Workers workers) {
    boolean all =
        problem.layers().size() == region.layers().size()
            && problem.layers().stream().allMatch(layer -> layer.importance().isFinite());
    if (!all) {
      FiniteWeights.require(model, List.of(region), workers);
    }
  }

  /** What cannot be measured cannot be drafted; such a region keeps the weights that matter. */
  private static PlanStrategy strategy(
      Options options, boolean forRepair, PlanProblem problem, Workers workers) {
    return switch (options.planning().strategy()) {
      case OPTIMIZED ->
          forRepair && DraftedStrategy.canPlan(problem)
              ? new DraftedStrategy(BlasProducts.INSTANCE, workers)
              : new OptimizedStrategy(options.planning().seed());
      case CONTIGUOUS -> new ContiguousStrategy();
      case RANDOM -> new RandomStrategy(options.planning().seed());
      case LOSSLESS -> new LosslessStrategy();
    };
  }
}
