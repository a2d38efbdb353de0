package dev.partita.rewrite;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.model.GraphEdit;
import dev.partita.model.GraphEditor;
import dev.partita.model.GraphIndex;
import dev.partita.model.Names;
import dev.partita.model.OnnxModel;
import dev.partita.model.Scratch;
import dev.partita.partition.PartitionPlan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which regions are rewritten, in which way and with which weights. Always starts from the
 * original, so that taking a region back is leaving it out. Regions are known by their ids, since
 * one that is softened is another record.
 */
public final class Rewriting {

  private final GraphIndex index;
  private final Map<String, Cut> cuts = new LinkedHashMap<>();
  private final Map<String, RegionWeights> active = new LinkedHashMap<>();
  private final Set<String> distilled = new HashSet<>();
  private final Map<String, Long> parametersAfter = new HashMap<>();

  /**
   * A rewriting of nothing yet.
   *
   * @param bridgeRank rank of the bridges that every region has
   */
  public Rewriting(GraphIndex index, Map<Region, PartitionPlan> plans, int bridgeRank) {
    this.index = index;
    plans.forEach((region, plan) -> cuts.put(region.id(), new Cut(region, plan, bridgeRank)));
  }

  /** Every region that was planned, also those that were taken back. */
  public ImmutableList<Region> planned() {
    return cuts.values().stream().map(Cut::region).collect(ImmutableList.toImmutableList());
  }

  /** The rewritten model and what is in it. */
  public record Result(OnnxModel model, ImmutableList<RegionRewrite> rewrites) {

    public RegionRewrite rewrite(Region region) {
      return rewrites.stream()
          .filter(rewrite -> rewrite.region().id().equals(region.id()))
          .findFirst()
          .orElseThrow();
    }
  }

  /** All that can change, as it was at one moment. */
  public record State(
      ImmutableMap<String, Cut> cuts,
      ImmutableMap<String, RegionWeights> active,
      ImmutableSet<String> distilled,
      ImmutableMap<String, Long> parametersAfter) {}

  public State state() {
    return new State(
        ImmutableMap.copyOf(cuts),
        ImmutableMap.copyOf(active),
        ImmutableSet.copyOf(distilled),
        ImmutableMap.copyOf(parametersAfter));
  }

  /** Forgets what was done since. */
  public void restore(State state) {
    replace(cuts, state.cuts());
    replace(active, state.active());
    replace(parametersAfter, state.parametersAfter());
    distilled.clear();
    distilled.addAll(state.distilled());
  }

  private static <V> void replace(Map<String, V> all, Map<String, V> by) {
    all.clear();
    all.putAll(by);
  }

  public GraphIndex index() {
    return index;
  }

  /** How a region is cut now, whichever record of it is given. */
  public Cut cut(Region region) {
    Cut cut = cuts.get(region.id());
    if (cut == null) {
      throw new IllegalArgumentException("no plan for region " + region.id());
    }
    return cut;
  }

  public PartitionPlan plan(Region region) {
    return cut(region).plan();
  }

  /** The regions that are rewritten, as they are cut now, in graph order. */
  public List<Region> active() {
    return cuts.values().stream().map(Cut::region).filter(this::isActive).toList();
  }

  public boolean isActive(Region region) {
    return active.containsKey(region.id());
  }

  public void activate(Region region, RegionWeights weights) {
    active.put(region.id(), weights);
    distilled.remove(region.id());
  }

  /** Cuts an active region in another way, with the original's weights for now. */
  public void cutAnew(Cut cut) {
    if (!isActive(cut.region())) {
      throw new IllegalArgumentException(cut.region().id() + " is not rewritten");
    }
    cuts.put(cut.region().id(), cut);
    activate(cut.region(), RegionWeights.ORIGINAL);
  }

  /** Gives an active region the weights that distillation found. */
  public void distil(Region region, RegionWeights weights) {
    active.put(region.id(), weights);
    distilled.add(region.id());
  }

  /** Whether a region's weights come from distillation. */
  public boolean isDistilled(Region region) {
    return distilled.contains(region.id());
  }

  public void takeBack(Region region) {
    active.remove(region.id());
  }

  public RegionWeights weights(Region region) {
    return active.getOrDefault(region.id(), RegionWeights.ORIGINAL);
  }

  /** Weights and biases of a region's layers when it was last rewritten. */
  public long parametersAfter(Region region) {
    Long parameters = parametersAfter.get(region.id());
    if (parameters == null) {
      throw new IllegalStateException(region.id() + " was never rewritten");
    }
    return parameters;
  }

  /** The model with every active region rewritten; good as long as the scratch space is open. */
  public Result result(Scratch scratch) {
    return result(active, scratch);
  }

  /** The model with this region rewritten and no other. */
  public Result only(Region region, Scratch scratch) {
    return only(region, weights(region), scratch);
  }

  /** The model with this region rewritten, with these weights, and no other. */
  public Result only(Region region, RegionWeights weights, Scratch scratch) {
    return result(Map.of(region.id(), weights), scratch);
  }

  private Result result(Map<String, RegionWeights> which, Scratch scratch) {
    Names names = new Names(index);
    List<RegionRewrite> rewrites = new ArrayList<>();
    for (Cut cut : cuts.values()) {
      String id = cut.region().id();
      RegionWeights weights = which.get(id);
      if (weights != null) {
        RegionRewrite rewrite =
            RegionRewriter.rewrite(index, names, cut.region(), cut.plan(), weights, scratch);
        parametersAfter.put(id, rewrite.parametersAfter());
        rewrites.add(rewrite);
      }
    }
    List<GraphEdit> edits = rewrites.stream().map(RegionRewrite::edit).toList();
    return new Result(GraphEditor.apply(index, edits), ImmutableList.copyOf(rewrites));
  }

  /** What leaves a region, layers kept whole included, as far as it still has its name. */
  public static List<String> results(Region region, GraphIndex after) {
    Set<String> made = new LinkedHashSet<>();
    for (String exit : region.exits()) {
      boolean intoWhole =
          region.wholeLayers().stream().anyMatch(layer -> layer.layer().input().equals(exit));
      if (!intoWhole) {
        made.add(exit);
      }
    }
    for (RegionLayer layer : region.wholeLayers()) {
      made.add(layer.layer().output());
    }
    made.removeIf(value -> after.producer(value).isEmpty());
    return List.copyOf(made);
  }
}
