package dev.partita.rewrite;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Maps;
import com.google.common.collect.Sets;
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
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which regions are rewritten, in which way and with which weights. Always starts from the
 * original, so that taking a region back is leaving it out. Regions are known by their ids, since
 * one that is softened is another record. Immutable: a variant is another rewriting.
 */
public final class Rewriting {

  private final GraphIndex index;
  private final ImmutableMap<String, Cut> cuts;
  private final ImmutableMap<String, RegionWeights> active;
  private final ImmutableSet<String> distilled;

  private Rewriting(
      GraphIndex index,
      Map<String, Cut> cuts,
      Map<String, RegionWeights> active,
      Set<String> distilled) {
    this.index = index;
    this.cuts = ImmutableMap.copyOf(cuts);
    this.active = ImmutableMap.copyOf(active);
    this.distilled = ImmutableSet.copyOf(distilled);
  }

  /**
   * A rewriting of nothing yet.
   *
   * @param bridgeRank rank of the bridges that every region has
   */
  public static Rewriting of(GraphIndex index, Map<Region, PartitionPlan> plans, int bridgeRank) {
    Map<String, Cut> cuts = new LinkedHashMap<>();
    plans.forEach((region, plan) -> cuts.put(region.id(), new Cut(region, plan, bridgeRank)));
    return new Rewriting(index, cuts, Map.of(), Set.of());
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

  /**
   * Values that the first region reads and nothing rewritten leads to, whichever regions are
   * rewritten; empty where a body may be rewritten, which any node may hold.
   */
  public ImmutableList<String> front() {
    List<Region> regions = cuts.values().stream().map(Cut::region).toList();
    if (regions.isEmpty() || regions.stream().anyMatch(region -> !region.graph().isMain())) {
      return ImmutableList.of();
    }
    ImmutableList<String> entries =
        regions.get(0).entries().stream()
            .filter(entry -> index.producer(entry).isPresent())
            .sorted()
            .collect(ImmutableList.toImmutableList());
    Set<Integer> before = index.ancestors(entries);
    return regions.stream().anyMatch(region -> region.nodes().stream().anyMatch(before::contains))
        ? ImmutableList.of()
        : entries;
  }

  public boolean isActive(Region region) {
    return active.containsKey(region.id());
  }

  /** The same with a region rewritten, with these weights. */
  public Rewriting with(Region region, RegionWeights weights) {
    return with(region, weights, Sets.difference(distilled, Set.of(region.id())));
  }

  /** The same with the weights of a region that distillation found. */
  public Rewriting withDistilled(Region region, RegionWeights weights) {
    return with(region, weights, Sets.union(distilled, Set.of(region.id())));
  }

  private Rewriting with(Region region, RegionWeights weights, Set<String> distilledNow) {
    Map<String, RegionWeights> more = new LinkedHashMap<>(active);
    more.put(region.id(), weights);
    return new Rewriting(index, cuts, more, distilledNow);
  }

  /** The same with an active region cut in another way, with the original's weights for now. */
  public Rewriting withCut(Cut cut) {
    Region region = cut.region();
    if (!isActive(region)) {
      throw new IllegalArgumentException(region.id() + " is not rewritten");
    }
    Map<String, Cut> other = new LinkedHashMap<>(cuts);
    other.put(region.id(), cut);
    return new Rewriting(index, other, active, distilled).with(region, RegionWeights.ORIGINAL);
  }

  /** The same with some regions left as they are in the original. */
  public Rewriting without(Collection<Region> regions) {
    Set<String> ids = regions.stream().map(Region::id).collect(Collectors.toSet());
    return new Rewriting(index, cuts, Maps.filterKeys(active, id -> !ids.contains(id)), distilled);
  }

  /** The same with every region rewritten, with the original's weights. */
  public Rewriting withAll() {
    return new Rewriting(
        index, cuts, Maps.transformValues(cuts, cut -> RegionWeights.ORIGINAL), Set.of());
  }

  /** Whether a region's weights come from distillation. */
  public boolean isDistilled(Region region) {
    return distilled.contains(region.id());
  }

  public RegionWeights weights(Region region) {
    return active.getOrDefault(region.id(), RegionWeights.ORIGINAL);
  }

  /** The model with every active region rewritten; good as long as the scratch space is open. */
  public Result result(Scratch scratch) {
    return result(active, scratch);
  }

  /** The same with this region rewritten and no other. */
  public Rewriting only(Region region) {
    return only(List.of(region));
  }

  /** The same with these regions rewritten and no others. */
  public Rewriting only(Collection<Region> regions) {
    Set<String> ids = regions.stream().map(Region::id).collect(Collectors.toSet());
    return without(active().stream().filter(other -> !ids.contains(other.id())).toList());
  }

  /** The model with this region rewritten, with these weights, and no other. */
  public Result only(Region region, RegionWeights weights, Scratch scratch) {
    return result(Map.of(region.id(), weights), scratch);
  }

  private Result result(Map<String, RegionWeights> which, Scratch scratch) {
    Names names = new Names(index);
    StoredOnce stored = new StoredOnce();
    List<RegionRewrite> rewrites = new ArrayList<>();
    for (Cut cut : cuts.values()) {
      String id = cut.region().id();
      RegionWeights weights = which.get(id);
      if (weights != null) {
        rewrites.add(
            RegionRewriter.rewrite(
                index, names, cut.region(), cut.plan(), weights, scratch, stored));
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
