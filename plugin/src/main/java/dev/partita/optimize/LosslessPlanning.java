package dev.partita.optimize;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.accelerator.Target;
import dev.partita.dense.find.SkipReason;
import dev.partita.dense.region.FeatureSpace.State;
import dev.partita.dense.region.Findings;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.dense.select.Skipped;
import dev.partita.model.GraphIndex;
import dev.partita.optimize.Planning.Planned;
import dev.partita.options.Options;
import dev.partita.partition.LosslessStrategy;
import dev.partita.partition.LosslessStrategy.Attempt;
import dev.partita.partition.PartitionPlan;
import dev.partita.partition.PlanProblem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Plans that drop zeros only. Layers that stand in the way of one are left alone, and regions are
 * sought again without them, so that what is block-structured beside a full layer is cut all the
 * same: the regions that are found then are as sound as any.
 */
final class LosslessPlanning {

  private final LosslessStrategy strategy = new LosslessStrategy();
  private final Options options;
  private final Target target;
  private final GraphIndex index;

  private LosslessPlanning(Options options, Target target, GraphIndex index) {
    this.options = options;
    this.target = target;
    this.index = index;
  }

  static Planned plan(Options options, Target target, GraphIndex index, Findings findings) {
    return new LosslessPlanning(options, target, index).plan(findings);
  }

  private Planned plan(Findings found) {
    Findings findings = found;
    Map<String, String> left = new LinkedHashMap<>();
    while (true) {
      Map<Region, PartitionPlan> plans = new LinkedHashMap<>();
      int before = left.size();
      for (Region region : findings.regions()) {
        PlanProblem problem =
            PlanProblem.of(
                region,
                target.accelerators(),
                layer -> null,
                layer -> null,
                options.planning().threads());
        Attempt attempt = strategy.attempt(problem);
        if (attempt.plan() != null) {
          plans.put(region, attempt.plan());
        } else {
          left.putAll(inTheWay(region, problem, "" + attempt.obstacle()));
        }
      }
      if (left.size() == before) {
        return new Planned(explained(findings, left), new Rewriting(index, plans, 0));
      }
      findings = OptimizationRun.find(index, options, target, left.keySet());
    }
  }

  /** Why layers of a region are left alone, by their names; at least one layer. */
  private Map<String, String> inTheWay(Region region, PlanProblem problem, String obstacle) {
    List<RegionLayer> planned =
        region.cutLayers().stream()
            .filter(layer -> region.spaces().get(layer.inSpace()).state() == State.ASSIGNED)
            .toList();
    Map<String, String> reasons = new LinkedHashMap<>();
    strategy
        .obstacles(problem)
        .forEach((layer, reason) -> reasons.put(planned.get(layer).layer().name(), reason));
    if (reasons.isEmpty()) {
      region.cutLayers().forEach(layer -> reasons.put(layer.layer().name(), obstacle));
    }
    return reasons;
  }

  private static Findings explained(Findings findings, Map<String, String> left) {
    ImmutableList<Skipped> skipped =
        findings.skipped().stream()
            .map(
                entry ->
                    left.containsKey(entry.node()) && entry.reason() == SkipReason.EXCLUDED
                        ? new Skipped(
                            entry.node(),
                            entry.operator(),
                            SkipReason.NOT_SEPARABLE,
                            "" + left.get(entry.node()))
                        : entry)
            .collect(ImmutableList.toImmutableList());
    return new Findings(findings.regions(), skipped, ImmutableMap.copyOf(findings.leftLayers()));
  }
}
