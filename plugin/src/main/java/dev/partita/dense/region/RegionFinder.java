package dev.partita.dense.region;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.Ranks;
import dev.partita.dense.find.ShapeMoves;
import dev.partita.dense.find.SkipReason;
import dev.partita.dense.region.FeatureSpace.State;
import dev.partita.dense.region.RegionGrower.Group;
import dev.partita.dense.select.FinderOptions;
import dev.partita.dense.select.FunctionProducts;
import dev.partita.dense.select.LayerSelection;
import dev.partita.dense.select.LeftLayer;
import dev.partita.dense.select.Skipped;
import dev.partita.model.GraphIndex;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds the regions of a model.
 *
 * <pre>
 *   X -> Gemm -> Relu -> Gemm -> Relu -> Gemm -> logits
 *        \________ branches ________/    whole
 * </pre>
 */
public final class RegionFinder {

  private final GraphIndex index;
  private final FinderOptions options;
  private final Ranks ranks;
  private final LayerSelection selection;

  private RegionFinder(GraphIndex index, FinderOptions options) {
    this.index = index;
    this.options = options;
    this.ranks = new Ranks(index);
    this.selection = new LayerSelection(index, ranks, options);
  }

  /**
   * Every region of a model, those of the main graph first, and a reason for every matrix product
   * in none.
   *
   * @param index of any graph of the model
   */
  public static Findings find(GraphIndex index, FinderOptions options) {
    List<Region> regions = new ArrayList<>();
    ImmutableList.Builder<Skipped> skipped = ImmutableList.builder();
    Map<String, LeftLayer> left = new LinkedHashMap<>();
    for (GraphIndex graph : index.graphs()) {
      RegionFinder finder = new RegionFinder(graph, options);
      finder.find(regions);
      skipped.addAll(finder.selection.skipped());
      left.putAll(finder.selection.left());
    }
    skipped.addAll(FunctionProducts.skipped(index.model()));
    return new Findings(ImmutableList.copyOf(regions), skipped.build(), ImmutableMap.copyOf(left));
  }

  private void find(List<Region> regions) {
    RegionGrower grower = new RegionGrower(index, selection, ranks, options);
    Set<DenseLayer> joined = Sets.newIdentityHashSet();
    for (Group group : grower.grow()) {
      trim(group);
      joined.addAll(group.closing);
      regions.add(region("r" + regions.size(), group));
    }
    for (DenseLayer layer : selection.closing().values()) {
      if (!joined.contains(layer)) {
        skipClosing(layer);
      }
    }
  }

  private void skipClosing(DenseLayer layer) {
    long smallest = (long) options.accelerators() * options.minBlock();
    if (layer.out() < smallest) {
      selection.skip(layer, SkipReason.TOO_SMALL, selection.tooSmall(layer.out(), "outputs"));
    } else {
      selection.skip(
          layer,
          SkipReason.CLOSING_LAYER,
          "It makes a graph output and nothing in front of it is cut; --include cuts it.");
    }
  }

  /**
   * Gives up feature-wise nodes at the end that would only add an exit, since they read a value
   * which leaves the region anyway; and those that only move axes, which is done as well behind the
   * Concat.
   */
  private void trim(Group group) {
    Set<Integer> layerNodes = new LinkedHashSet<>();
    group.layers.forEach(layer -> layerNodes.addAll(layer.nodes()));
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int node : List.copyOf(group.nodes.descendingSet())) {
        boolean last =
            index.node(node).getOutputList().stream()
                .noneMatch(
                    value ->
                        index.consumers(value).stream().anyMatch(group.nodes::contains)
                            || group.closing.stream().anyMatch(c -> c.input().equals(value)));
        boolean adds = ShapeMoves.isMove(index.node(node).getOpType()) || readsExit(group, node);
        if (last && !layerNodes.contains(node) && adds) {
          group.nodes.remove(node);
          changed = true;
        }
      }
    }
  }

  private boolean readsExit(Group group, int node) {
    return index.reads(node).stream()
        .filter(value -> isMadeBy(group, value))
        .anyMatch(value -> leaves(group, value, node));
  }

  private boolean leaves(Group group, String value, int except) {
    return index.isOutput(value)
        || index.consumers(value).stream()
            .anyMatch(reader -> reader != except && !group.nodes.contains(reader));
  }

  private boolean isMadeBy(Group group, String value) {
    return index.producer(value).isPresent()
        && group.nodes.contains(index.producer(value).getAsInt());
  }

  private Region region(String id, Group group) {
    SpaceUnion union = group.spaces;
    Map<String, Integer> numbers = new HashMap<>();
    List<FeatureSpace> spaces = new ArrayList<>();
    Map<String, Integer> spaceOf = new LinkedHashMap<>();
    Map<String, Integer> axisOf = new LinkedHashMap<>();
    List<DenseLayer> cut =
        group.layers.stream().sorted(Comparator.comparing(l -> l.nodes().get(0))).toList();
    Map<String, Integer> granules = granules(union, cut);
    // Spaces that nothing in the region makes are known by the entries alone.
    Set<String> entryRoots = new LinkedHashSet<>();
    group.entries.forEach(entry -> entryRoots.add(union.find(entry)));
    Set<String> values = new LinkedHashSet<>();
    cut.forEach(
        layer -> {
          values.add(layer.input());
          values.add(layer.output());
        });
    for (int node : group.nodes) {
      index.node(node).getOutputList().stream().filter(union::contains).forEach(values::add);
    }
    for (String value : values) {
      String root = union.find(value);
      Integer number = numbers.get(root);
      if (number == null) {
        number = spaces.size();
        numbers.put(root, number);
        int size = group.features(value).size();
        int granule = granules.getOrDefault(root, 1);
        boolean shared = entryRoots.contains(root) && !FeatureSpace.canDeal(size, granule, options);
        spaces.add(new FeatureSpace(number, size, shared ? State.SHARED : State.ASSIGNED, granule));
      }
      spaceOf.put(value, number);
      axisOf.put(value, group.features(value).axis());
    }
    List<RegionLayer> layers = new ArrayList<>();
    for (DenseLayer layer : cut) {
      layers.add(
          new RegionLayer(
              layer, number(spaceOf, layer.input()), number(spaceOf, layer.output()), false));
    }
    for (DenseLayer layer : group.closing) {
      int number = spaces.size();
      spaces.add(new FeatureSpace(number, layer.out(), State.WHOLE));
      spaceOf.put(layer.output(), number);
      layers.add(new RegionLayer(layer, number(spaceOf, layer.input()), number, true));
    }
    ImmutableSet.Builder<String> exits = ImmutableSet.builder();
    for (int node : group.nodes) {
      for (String value : index.node(node).getOutputList()) {
        if (leaves(group, value, -1)) {
          exits.add(value);
        }
      }
    }
    return new Region(
        id,
        index.path(),
        ImmutableList.copyOf(group.nodes),
        ImmutableList.copyOf(layers),
        ImmutableList.copyOf(spaces),
        ImmutableMap.copyOf(spaceOf),
        ImmutableMap.copyOf(axisOf),
        ImmutableSet.copyOf(group.entries.stream().sorted().toList()),
        exits.build());
  }

  /** For spaces whose features a layer cannot take apart: all are powers of two, or the size. */
  private static Map<String, Integer> granules(SpaceUnion union, List<DenseLayer> cut) {
    Map<String, Integer> granules = new HashMap<>();
    for (DenseLayer layer : cut) {
      granules.merge(union.find(layer.input()), layer.weight().granule(), Math::max);
    }
    return granules;
  }

  private static int number(Map<String, Integer> spaceOf, String value) {
    Integer number = spaceOf.get(value);
    if (number == null) {
      throw new IllegalStateException(value + " has no space");
    }
    return number;
  }
}
