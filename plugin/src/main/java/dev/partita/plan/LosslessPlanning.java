package dev.partita.plan;

import com.google.common.collect.ImmutableList;
import dev.partita.accelerator.Target;
import dev.partita.dense.find.LayerKey;
import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.dense.find.SkipReason;
import dev.partita.dense.region.FeatureSpace.State;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.dense.region.SharedLayers;
import dev.partita.model.GraphIndex;
import dev.partita.partition.JointProblem;
import dev.partita.partition.LosslessStrategy;
import dev.partita.partition.LosslessStrategy.Attempt;
import dev.partita.partition.PartitionPlan;
import dev.partita.partition.PlanProblem;
import dev.partita.plan.Planning.Planned;
import dev.partita.rewrite.Rewriting;
import dev.partita.workers.Workers;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Plans that drop zeros only. Layers that prevent such a plan are left alone, and regions are
 * searched again without them, so a block-structured layer next to a full one is still cut.
 */
final class LosslessPlanning {

  private final LosslessStrategy strategy = new LosslessStrategy();
  private final Workers workers;
  private final Target target;
  private final GraphIndex index;

  private LosslessPlanning(Target target, GraphIndex index, Workers workers) {
    this.workers = workers;
    this.target = target;
    this.index = index;
  }

  static Planned plan(Target target, GraphIndex index, Gain gain, Workers workers) {
    return new LosslessPlanning(target, index, workers).plan(gain);
  }

  private Planned plan(Gain worth) {
    Gain gain = worth;
    while (true) {
      Map<Region, PartitionPlan> plans = new LinkedHashMap<>();
      Map<LayerKey, Refused> left = new LinkedHashMap<>();
      Map<String, PartitionPlan> byId = new HashMap<>();
      for (ImmutableList<Region> cluster : SharedLayers.clusters(gain.findings().regions())) {
        JointProblem joint =
            SharedPlans.joint(cluster, cluster.stream().map(this::problem).toList());
        Attempt attempt = strategy.attempt(joint.problem());
        if (attempt.plan() != null) {
          List<PartitionPlan> found = joint.plans(attempt.plan());
          cluster.forEach(region -> byId.put(region.id(), found.get(cluster.indexOf(region))));
        } else {
          left.putAll(inTheWay(cluster, joint.problem(), "" + attempt.obstacle()));
        }
      }
      for (Region region : gain.findings().regions()) {
        if (byId.containsKey(region.id())) {
          plans.put(region, byId.get(region.id()));
        }
      }
      if (left.isEmpty()) {
        return new Planned(gain.findings(), Rewriting.of(index, plans, 0));
      }
      gain = gain.without(left);
    }
  }

  private PlanProblem problem(Region region) {
    return PlanProblem.of(region, target.accelerators(), layer -> null, layer -> null, workers);
  }

  /** Why layers of regions that have one plan are left alone; at least one layer. */
  private Map<LayerKey, Refused> inTheWay(
      List<Region> cluster, PlanProblem problem, String obstacle) {
    List<RegionLayer> planned =
        cluster.stream()
            .flatMap(
                region ->
                    region.cutLayers().stream()
                        .filter(
                            layer ->
                                region.spaces().get(layer.inSpace()).state() == State.ASSIGNED))
            .toList();
    Map<LayerKey, Refused> reasons = new LinkedHashMap<>();
    strategy
        .obstacles(problem)
        .forEach((layer, reason) -> leave(planned.get(layer), reason, reasons));
    if (reasons.isEmpty()) {
      cluster.stream()
          .flatMap(region -> region.cutLayers().stream())
          .forEach(layer -> leave(layer, obstacle, reasons));
    }
    return reasons;
  }

  private static void leave(RegionLayer layer, String why, Map<LayerKey, Refused> reasons) {
    reasons.put(layer.layer().key(), new Refused(SkipReason.NOT_SEPARABLE, why));
  }
}
