package dev.partita.optimize;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.Region;
import dev.partita.model.GraphEdit;
import dev.partita.model.GraphEditor;
import dev.partita.model.GraphIndex;
import dev.partita.model.Names;
import dev.partita.model.OnnxModel;
import dev.partita.model.Scratch;
import dev.partita.partition.PartitionPlan;
import dev.partita.rewrite.RegionRewrite;
import dev.partita.rewrite.RegionRewriter;
import dev.partita.rewrite.RegionWeights;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which regions are rewritten, by which plans and with which weights. Always starts from the
 * original, so that taking a region back is leaving it out.
 */
final class Rewriting {

  private final GraphIndex index;
  private final Map<Region, PartitionPlan> plans;
  private final Map<Region, RegionWeights> active = new LinkedHashMap<>();
  private final Set<Region> distilled = new HashSet<>();
  private final Map<Region, Long> parametersAfter = new HashMap<>();

  Rewriting(GraphIndex index, Map<Region, PartitionPlan> plans) {
    this.index = index;
    this.plans = plans;
  }

  /** The rewritten model and what is in it. */
  record Result(OnnxModel model, ImmutableList<RegionRewrite> rewrites) {

    RegionRewrite rewrite(Region region) {
      return rewrites.stream()
          .filter(rewrite -> rewrite.region().equals(region))
          .findFirst()
          .orElseThrow();
    }
  }

  GraphIndex index() {
    return index;
  }

  PartitionPlan plan(Region region) {
    PartitionPlan plan = plans.get(region);
    if (plan == null) {
      throw new IllegalArgumentException("no plan for region " + region.id());
    }
    return plan;
  }

  /** The regions that are rewritten, in graph order. */
  List<Region> active() {
    return plans.keySet().stream().filter(active::containsKey).toList();
  }

  void activate(Region region, RegionWeights weights) {
    active.put(region, weights);
    distilled.remove(region);
  }

  /** Gives an active region the weights that distillation found. */
  void distil(Region region, RegionWeights weights) {
    active.put(region, weights);
    distilled.add(region);
  }

  /** Whether a region's weights come from distillation. */
  boolean isDistilled(Region region) {
    return distilled.contains(region);
  }

  void takeBack(Region region) {
    active.remove(region);
  }

  RegionWeights weights(Region region) {
    return active.getOrDefault(region, RegionWeights.ORIGINAL);
  }

  /** Weights and biases of a region's layers when it was last rewritten. */
  long parametersAfter(Region region) {
    Long parameters = parametersAfter.get(region);
    if (parameters == null) {
      throw new IllegalStateException(region.id() + " was never rewritten");
    }
    return parameters;
  }

  /** The model with every active region rewritten; good as long as the scratch space is open. */
  Result result(Scratch scratch) {
    return result(active, scratch);
  }

  /** The model with the active regions and one more, or one of them with other weights. */
  Result with(Region region, RegionWeights weights, Scratch scratch) {
    Map<Region, RegionWeights> more = new LinkedHashMap<>(active);
    more.put(region, weights);
    return result(more, scratch);
  }

  /** The model with this region rewritten and no other. */
  Result only(Region region, Scratch scratch) {
    return result(Map.of(region, weights(region)), scratch);
  }

  private Result result(Map<Region, RegionWeights> which, Scratch scratch) {
    Names names = new Names(index);
    List<RegionRewrite> rewrites = new ArrayList<>();
    for (Region region : plans.keySet()) {
      RegionWeights weights = which.get(region);
      if (weights != null) {
        RegionRewrite rewrite =
            RegionRewriter.rewrite(index, names, region, plan(region), weights, scratch);
        parametersAfter.put(region, rewrite.parametersAfter());
        rewrites.add(rewrite);
      }
    }
    List<GraphEdit> edits = rewrites.stream().map(RegionRewrite::edit).toList();
    return new Result(GraphEditor.apply(index, edits), ImmutableList.copyOf(rewrites));
  }
}
