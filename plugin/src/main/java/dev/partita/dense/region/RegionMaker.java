package dev.partita.dense.region;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.LayerKey;
import dev.partita.dense.find.ShapeMoves;
import dev.partita.dense.region.FeatureSpace.State;
import dev.partita.dense.region.LeftOutside.Reason;
import dev.partita.dense.select.FinderOptions;
import dev.partita.model.GraphIndex;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes a region of the group that was grown. */
final class RegionMaker {

  private final GraphIndex index;
  private final FinderOptions options;
  private final Group group;
  private final Set<LayerKey> shared;

  /**
   * Makes a region.
   *
   * @param shared layers of the model that share a stored weight and have one plan
   */
  RegionMaker(GraphIndex index, FinderOptions options, Group group, Set<LayerKey> shared) {
    this.index = index;
    this.options = options;
    this.group = group;
    this.shared = shared;
  }

  /**
   * Gives up feature-wise nodes at the end that would only add an exit, since they read a value
   * which leaves the region anyway; and those that only move axes, which is done as well behind the
   * Concat.
   */
  private void trim() {
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
        LeftOutside adds = addsNothing(node);
        if (last && !layerNodes.contains(node) && adds != null) {
          group.nodes.remove(node);
          group.outside.put(node, adds);
          changed = true;
        }
      }
    }
  }

  private @Nullable LeftOutside addsNothing(int node) {
    if (ShapeMoves.isMove(index.operator(node))) {
      return new LeftOutside(
          node,
          Reason.MOVES_AXES,
          "It moves axes, which works as well after the branches as in each of them.");
    }
    return readsExit(node)
        ? new LeftOutside(
            node, Reason.ADDS_EXIT, "Its input leaves the region anyway, and so would its output.")
        : null;
  }

  private boolean readsExit(int node) {
    return index.reads(node).stream()
        .filter(value -> group.makes(index, value))
        .anyMatch(value -> leaves(value, node));
  }

  private boolean leaves(String value, int except) {
    return index.isOutput(value)
        || index.consumers(value).stream()
            .anyMatch(reader -> reader != except && !group.nodes.contains(reader));
  }

  Region make(String id) {
    trim();
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
              layer,
              number(spaceOf, layer.input()),
              number(spaceOf, layer.output()),
              false,
              shared.contains(layer.key())));
    }
    for (DenseLayer layer : group.closing) {
      int number = spaces.size();
      spaces.add(new FeatureSpace(number, layer.out(), State.WHOLE));
      spaceOf.put(layer.output(), number);
      layers.add(new RegionLayer(layer, number(spaceOf, layer.input()), number, true, false));
    }
    ImmutableSet.Builder<String> exits = ImmutableSet.builder();
    for (int node : group.nodes) {
      for (String value : index.node(node).getOutputList()) {
        if (leaves(value, -1)) {
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
        exits.build(),
        outside());
  }

  /** What reads an exit, and why it is outside. */
  private ImmutableList<LeftOutside> outside() {
    return group.outside.values().stream()
        .filter(left -> !group.nodes.contains(left.node()))
        .filter(left -> index.reads(left.node()).stream().anyMatch(v -> group.makes(index, v)))
        .collect(ImmutableList.toImmutableList());
  }

  /** For spaces whose features a layer cannot separate: all are powers of two, or the size. */
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
