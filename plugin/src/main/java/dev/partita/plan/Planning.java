package dev.partita.plan;

import com.google.common.collect.ImmutableList;
import dev.partita.context.RunContext;
import dev.partita.dense.region.Findings;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.SharedLayers;
import dev.partita.options.Options;
import dev.partita.options.Repair;
import dev.partita.options.Strategy;
import dev.partita.partition.ContiguousStrategy;
import dev.partita.partition.DraftedStrategy;
import dev.partita.partition.JointProblem;
import dev.partita.partition.LosslessStrategy;
import dev.partita.partition.OptimizedStrategy;
import dev.partita.partition.PartitionPlan;
import dev.partita.partition.PlanProblem;
import dev.partita.partition.PlanStrategy;
import dev.partita.partition.RandomStrategy;
import dev.partita.repair.moments.BlasProducts;
import dev.partita.repair.moments.InputScales;
import dev.partita.repair.moments.KnownScales;
import dev.partita.repair.region.RegionRepair;
import dev.partita.rewrite.Rewriting;
import dev.partita.runtime.DataSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes a plan for every region. */
public final class Planning {

  private final RunContext context;
  private final Options options;
  private final KnownScales scales;
  private final KnownPlans plansSoFar;
  private final @Nullable DataSet calibration;

  public Planning(
      RunContext context,
      KnownScales scales,
      KnownPlans plansSoFar,
      @Nullable DataSet calibration) {
    this.context = context;
    this.options = context.options();
    this.scales = scales;
    this.plansSoFar = plansSoFar;
    this.calibration = calibration;
  }

  /**
   * The plans.
   *
   * @param findings the regions that have a plan, and a reason for every other layer
   */
  public record Planned(Findings findings, Rewriting rewriting) {}

  public Planned plan(Gain gain) throws InterruptedException {
    if (options.planning().strategy() == Strategy.LOSSLESS) {
      requireFinite(gain.findings().regions());
      return LosslessPlanning.plan(
          context.scenario().target(), context.index(), gain, context.workers());
    }
    return plan(gain.findings(), measured(inMainGraph(gain.findings())));
  }

  /** Plans with what is known of the inputs of layers. */
  Planned plan(Findings findings, InputScales measured) {
    if (!isBlind()) {
      requireFinite(findings.regions());
    }
    Map<String, PartitionPlan> byId = new HashMap<>();
    int branches = context.scenario().target().accelerators();
    for (ImmutableList<Region> cluster : SharedLayers.clusters(findings.regions())) {
      ImmutableList<PartitionPlan> made =
          plansSoFar.of(cluster, branches, options, () -> plan(cluster, branches, measured));
      for (int i = 0; i < made.size(); i++) {
        byId.put(cluster.get(i).id(), made.get(i));
      }
    }
    Map<Region, PartitionPlan> plans = new LinkedHashMap<>();
    findings.regions().forEach(region -> plans.put(region, byId.get(region.id())));
    return new Planned(
        findings, Rewriting.of(context.index(), plans, options.repair().bridgeRank()));
  }

  /** Plans of regions that share stored weights, or of one that shares none. */
  private ImmutableList<PartitionPlan> plan(
      ImmutableList<Region> cluster, int branches, InputScales measured) {
    List<PlanProblem> parts = new ArrayList<>();
    for (Region region : cluster) {
      // Values in bodies cannot be captured, so nothing is known of them and nothing is repaired.
      InputScales known = region.graph().isMain() ? measured : InputScales.NONE;
      parts.add(
          PlanProblem.of(region, branches, known::scale, known::covariance, context.workers()));
    }
    JointProblem joint = SharedPlans.joint(cluster, parts);
    PlanProblem problem = context.scenario().sizes().sized(cluster, joint.problem());
    ImmutableList<PartitionPlan> plans = joint.plans(strategy(cluster, problem).plan(problem));
    for (int i = 0; i < cluster.size() && isBlind(); i++) {
      requireFinite(cluster.get(i), parts.get(i));
    }
    return plans;
  }

  /**
   * Plans for regions that share stored weights, or for one, cut in another way than at first.
   * Their inputs are measured again: what was known of all regions would have to be kept for it,
   * and that is large.
   *
   * @param branches at least 2, at most as many as the target has accelerators
   */
  public ImmutableList<PartitionPlan> again(ImmutableList<Region> regions, int branches)
      throws InterruptedException {
    List<Region> inMain = regions.stream().filter(region -> region.graph().isMain()).toList();
    return plan(regions, branches, inMain.isEmpty() ? InputScales.NONE : measured(inMain));
  }

  private InputScales measured(List<Region> regions) throws InterruptedException {
    return calibration == null
        ? InputScales.NONE
        : scales.of(context, regions, calibration, forRepair(options));
  }

  /** What is to be repaired is planned for repair. */
  static boolean forRepair(Options options) {
    return options.planning().strategy() == Strategy.OPTIMIZED
        && options.effectiveRepair() != Repair.NONE;
  }

  /** What keeps its weights is planned for the weights that it keeps. */
  private static boolean canRepair(Region region) {
    return RegionRepair.canRepair(region)
        && region.cutLayers().stream().allMatch(layer -> layer.layer().form().isRepairable());
  }

  private static List<Region> inMainGraph(Findings findings) {
    return findings.regions().stream().filter(region -> region.graph().isMain()).toList();
  }

  /** Whether the plan does not read the weights; they are then checked after it. */
  private boolean isBlind() {
    return options.planning().strategy() == Strategy.CONTIGUOUS
        || options.planning().strategy() == Strategy.RANDOM;
  }

  private void requireFinite(List<Region> regions) {
    FiniteWeights.require(context.index().model(), regions, context.workers());
  }

  /** What summing up the importance did not see is read now, or all of it to name what is wrong. */
  private void requireFinite(Region region, PlanProblem problem) {
    boolean all =
        problem.layers().size() == region.layers().size()
            && problem.layers().stream().allMatch(layer -> layer.importance().isFinite());
    if (!all) {
      requireFinite(List.of(region));
    }
  }

  /** What cannot be measured cannot be drafted; such a region keeps the weights that matter. */
  private PlanStrategy strategy(List<Region> regions, PlanProblem problem) {
    return switch (options.planning().strategy()) {
      case OPTIMIZED ->
          forRepair(options)
                  && regions.stream().allMatch(Planning::canRepair)
                  && DraftedStrategy.canPlan(problem)
              ? new DraftedStrategy(BlasProducts.INSTANCE, context.workers())
              : new OptimizedStrategy(options.planning().seed());
      case CONTIGUOUS -> new ContiguousStrategy();
      case RANDOM -> new RandomStrategy(options.planning().seed());
      case LOSSLESS -> new LosslessStrategy();
    };
  }
}
