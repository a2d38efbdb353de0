package dev.partita.rewrite;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableIntArray;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.PackedWeight;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.model.GraphIndex;
import dev.partita.partition.PartitionPlan;
import dev.partita.rewrite.RegionRewrite.Joined;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Emits the nodes after the branches: the Concat, what a bridge adds to it, the Gather that
 * restores the order, and layers that stay whole.
 */
final class ExitEmitter {

  private final Emission emission;
  private final GraphIndex index;
  private final Region region;
  private final PartitionPlan plan;
  private final RegionWeights weights;
  private final BranchWiring wiring;
  private final LayerEmitter layers;
  private final BridgeEmitter bridges;
  private final Map<String, Joined> joined = new HashMap<>();

  ExitEmitter(
      Emission emission,
      Region region,
      PartitionPlan plan,
      RegionWeights weights,
      BranchWiring wiring,
      LayerEmitter layers,
      BridgeEmitter bridges) {
    this.emission = emission;
    this.index = emission.index();
    this.region = region;
    this.plan = plan;
    this.weights = weights;
    this.wiring = wiring;
    this.layers = layers;
    this.bridges = bridges;
  }

  /** The value that holds each exit emitted so far. */
  ImmutableMap<String, Joined> joined() {
    return ImmutableMap.copyOf(joined);
  }

  /**
   * Emits an exit.
   *
   * @param position of the node of the original that makes it
   * @param branchValues the names that values of the region have in the branches
   */
  void exit(int position, String value, Map<String, List<String>> branchValues) {
    int space = region.space(value).id();
    List<RegionLayer> readers =
        region.wholeLayers().stream().filter(l -> l.layer().input().equals(value)).toList();
    if (plan.isNatural(space)) {
      join(position, value, branchValues, value);
    } else {
      String permuted = emission.fresh(value + "/joined");
      join(position, value, branchValues, permuted);
      int[] order = plan.order(space);
      if (onlyRead(value, readers) && readers.stream().allMatch(l -> takes(l.layer(), order))) {
        joined.put(value, new Joined(permuted, ImmutableIntArray.copyOf(order)));
        readers.forEach(layer -> whole(layer, permuted, order));
        return;
      }
      wiring.restore(
          position,
          permuted,
          index.nodeName(position),
          value,
          plan.inverseOrder(space),
          emission.axis(region.axis(value), value));
    }
    joined.put(value, new Joined(value, ImmutableIntArray.copyOf(all(region.space(value).size()))));
    for (RegionLayer layer : readers) {
      if (weights.of(layer.layer(), 0) != null) {
        whole(layer, value, all(layer.layer().in()));
      }
    }
  }

  /** Joins the branches, in the order of the plan. */
  private void join(
      int position, String value, Map<String, List<String>> branchValues, String name) {
    List<String> parts = branchValues.get(value);
    if (parts == null) {
      throw new IllegalStateException(value + " leaves before it is made");
    }
    boolean bridged = bridges.isBridged(value);
    String cut = bridged ? emission.fresh(value + "/cut") : name;
    long axis = emission.axis(region.axis(value), value);
    int size = region.space(value).size();
    wiring.join(position, parts, index.nodeName(position), cut, size, axis);
    if (bridged) {
      String source = Objects.requireNonNull(weights.bridges().exits().get(value)).source();
      List<String> sources = Objects.requireNonNull(branchValues.get(source));
      bridges.exit(position, value, sources, cut, plan.order(region.space(value).id()), name);
    }
  }

  private boolean onlyRead(String value, List<RegionLayer> readers) {
    Set<Integer> inside = new HashSet<>(region.nodes());
    readers.forEach(layer -> inside.addAll(layer.layer().nodes()));
    return !readers.isEmpty()
        && !index.isOutput(value)
        && inside.containsAll(index.consumers(value));
  }

  /** Whether a layer's weight can be stored for inputs in another order. */
  private static boolean takes(DenseLayer layer, int[] order) {
    PackedWeight packed = layer.weight().packed();
    return packed == null || packed.blocksOf(order) != null;
  }

  private void whole(RegionLayer layer, String input, int[] order) {
    DenseLayer original = layer.layer();
    original.nodes().forEach(emission::replace);
    BlockWeights natural = weights.of(original, 0);
    layers.emit(
        new LayerEmitter.Block(
            original,
            -1,
            "/joined",
            input,
            order,
            all(original.out()),
            original.output(),
            natural == null
                ? null
                : new BlockWeights(natural.weight().rows(order), natural.biasShift())));
  }

  /** Parameters of whole layers that are as they were. */
  long untouched() {
    Set<Integer> replaced = emission.edit().replaced();
    return region.wholeLayers().stream()
        .filter(layer -> !replaced.contains(layer.layer().nodes().get(0)))
        .mapToLong(layer -> layer.layer().parameters())
        .sum();
  }

  private static int[] all(int count) {
    return IntStream.range(0, count).toArray();
  }
}
