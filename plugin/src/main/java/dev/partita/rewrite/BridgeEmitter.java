package dev.partita.rewrite;

import com.google.common.primitives.ImmutableIntArray;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.FeatureAxis;
import dev.partita.dense.find.Matrix;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.model.ElementType;
import dev.partita.model.Nodes;
import dev.partita.model.Tensors;
import dev.partita.partition.PartitionPlan;
import dev.partita.rewrite.EmittedFactor.Kind;
import dev.partita.rewrite.EmittedNode.Role;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** Emits what {@link Bridges} says, around the branches of a region. */
final class BridgeEmitter {

  private final Emission emission;
  private final Region region;
  private final PartitionPlan plan;
  private final Bridges bridges;
  private final Map<String, String> projected = new HashMap<>();
  private final List<EmittedFactor> factors = new ArrayList<>();

  BridgeEmitter(Emission emission, Region region, PartitionPlan plan, Bridges bridges) {
    this.emission = emission;
    this.region = region;
    this.plan = plan;
    this.bridges = bridges;
  }

  /** The factors emitted so far. */
  List<EmittedFactor> factors() {
    return factors;
  }

  /** Elements of all factors emitted so far. */
  long parameters() {
    return factors.stream().mapToLong(factor -> factor.values().values().length).sum();
  }

  /** A block's own inputs and, behind them, those that the projection of the entry adds. */
  int[] withProjection(DenseLayer layer, int[] ins) {
    int rank = bridges.rank(layer.input());
    return IntStream.concat(IntStream.of(ins), IntStream.range(layer.in(), layer.in() + rank))
        .toArray();
  }

  /**
   * A branch's part of an entry and the projection of the whole of it, side by side; the part alone
   * where the entry has no bridge.
   */
  String enter(DenseLayer layer, int branch, String part) {
    Matrix projection = bridges.projections().get(layer.input());
    if (projection == null) {
      return part;
    }
    int position = layer.nodes().get(0);
    int rank = bridges.rank();
    String shared = projected.get(layer.input());
    if (shared == null) {
      int[] natural = IntStream.range(0, layer.in()).toArray();
      String factor =
          factor(position, Kind.PROJECTION, layer.input(), natural, projection, format(layer));
      shared = emission.fresh(layer.input() + "/bridge");
      String name = layer.name() + "/bridge";
      product(position, name, layer, -1, List.of(layer.input(), factor), shared, layer.in(), rank);
      projected.put(layer.input(), shared);
    }
    String both = emission.fresh(part + "/bridged");
    long axis = emission.axis(FeatureAxis.LAST, layer.input());
    emission.node(
        position,
        Nodes.of(
            "Concat",
            emission.fresh(layer.name() + "/branch" + branch + "/bridged"),
            List.of(part, shared),
            both,
            Nodes.ofInt("axis", axis)),
        branch,
        layer.name(),
        Role.ENTRY,
        rank);
    return both;
  }

  /** Whether something is to be added to what an exit is joined to. */
  boolean isBridged(String exit) {
    return bridges.exits().containsKey(exit);
  }

  /**
   * Adds the bridge of an exit.
   *
   * @param position behind everything that the exit is made of
   * @param sources the branches' parts of the value that the bridge starts from
   * @param cut what the branches are joined to
   * @param order the features of the exit in the order in which that holds them
   * @param bridged the name to give to the sum
   */
  void exit(
      int position, String exit, List<String> sources, String cut, int[] order, String bridged) {
    Bridges.Exit bridge = bridges.exits().get(exit);
    if (bridge == null) {
      throw new IllegalArgumentException("no bridge at " + exit);
    }
    RegionLayer last = reader(bridge.source());
    DenseLayer layer = last.layer();
    int rank = bridges.rank();
    List<String> collected = new ArrayList<>();
    for (int branch = 0; branch < plan.branches(); branch++) {
      int[] ins = plan.features(last.inSpace(), branch);
      String name = layer.name() + "/branch" + branch + "/bridge";
      String factor =
          factor(position, Kind.COLLECT, exit, ins, bridge.collect().rows(ins), format(layer));
      String part = emission.fresh(exit + "/branch" + branch + "/bridge");
      product(
          position,
          name,
          layer,
          branch,
          List.of(sources.get(branch), factor),
          part,
          ins.length,
          rank);
      collected.add(part);
    }
    String sum = emission.fresh(exit + "/bridge/sum");
    joint(position, "Sum", layer.name() + "/bridge/sum", layer, collected, sum, rank);
    String factor =
        factor(position, Kind.SPREAD, exit, order, bridge.spread().columns(order), format(layer));
    String spread = emission.fresh(exit + "/bridge");
    String name = layer.name() + "/bridge/spread";
    product(position, name, layer, -1, List.of(sum, factor), spread, rank, order.length);
    String add = layer.name() + "/bridge/add";
    joint(position, "Add", add, layer, List.of(cut, spread), bridged, order.length);
  }

  private RegionLayer reader(String source) {
    return region.cutLayers().stream()
        .filter(layer -> layer.layer().input().equals(source))
        .findFirst()
        .orElseThrow();
  }

  private static ElementType format(DenseLayer layer) {
    return layer.weight().source().format();
  }

  private String factor(
      int position, Kind kind, String value, int[] order, Matrix values, ElementType format) {
    String name = emission.fresh(value + "/bridge/" + kind.name().toLowerCase(Locale.ROOT));
    factors.add(
        new EmittedFactor(kind, value, ImmutableIntArray.copyOf(order), values, name, format));
    return emission.ownConstant(
        position,
        Tensors.ofNumbers(
            name, format, values.values(), emission.scratch(), values.rows(), values.columns()));
  }

  private void product(
      int position,
      String name,
      DenseLayer origin,
      int branch,
      List<String> inputs,
      String output,
      int in,
      int out) {
    emission.product(
        position,
        Nodes.of("MatMul", emission.fresh(name), inputs, output),
        branch,
        origin,
        in,
        out);
  }

  private void joint(
      int position,
      String operator,
      String name,
      DenseLayer origin,
      List<String> inputs,
      String output,
      int features) {
    emission.node(
        position,
        Nodes.of(operator, emission.fresh(name), inputs, output),
        -1,
        origin.name(),
        Role.FEATURE_WISE,
        features);
  }
}
