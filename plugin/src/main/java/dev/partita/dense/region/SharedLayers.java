package dev.partita.dense.region;

import com.google.common.collect.ImmutableList;
import dev.partita.onnx.TensorProto;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Layers of regions that share a stored weight, and the regions that are one item because of it.
 */
public final class SharedLayers {

  private SharedLayers() {}

  /** A layer of a region. */
  public record Use(Region region, RegionLayer layer) {}

  /** The layers that read each stored weight that is shared, in the order of the regions. */
  public static ImmutableList<ImmutableList<Use>> of(Collection<Region> regions) {
    // Layers that read one initializer or one Constant hold the same object.
    IdentityHashMap<TensorProto, Integer> numbers = new IdentityHashMap<>();
    List<List<Use>> groups = new ArrayList<>();
    for (Region region : regions) {
      for (RegionLayer layer : region.cutLayers()) {
        if (layer.shared()) {
          TensorProto stored = layer.layer().weight().source().stored();
          Integer number = numbers.putIfAbsent(stored, groups.size());
          if (number == null) {
            number = groups.size();
            groups.add(new ArrayList<>());
          }
          groups.get(number).add(new Use(region, layer));
        }
      }
    }
    return groups.stream()
        .filter(group -> group.size() > 1)
        .map(ImmutableList::copyOf)
        .collect(ImmutableList.toImmutableList());
  }

  /** All regions, those that share stored weights together, each group in the order given. */
  public static ImmutableList<ImmutableList<Region>> clusters(Collection<Region> regions) {
    Map<String, List<Region>> clusterOf = new LinkedHashMap<>();
    regions.forEach(region -> clusterOf.put(region.id(), new ArrayList<>(List.of(region))));
    for (ImmutableList<Use> group : of(regions)) {
      List<Region> into = cluster(clusterOf, group.get(0).region());
      for (Use use : group) {
        List<Region> other = cluster(clusterOf, use.region());
        if (!contains(into, use.region())) {
          into.addAll(other);
          other.forEach(region -> clusterOf.put(region.id(), into));
        }
      }
    }
    List<String> order = regions.stream().map(Region::id).toList();
    ImmutableList.Builder<ImmutableList<Region>> clusters = ImmutableList.builder();
    for (Region region : regions) {
      List<Region> cluster = cluster(clusterOf, region);
      cluster.sort((a, b) -> Integer.compare(order.indexOf(a.id()), order.indexOf(b.id())));
      if (cluster.get(0).id().equals(region.id())) {
        clusters.add(ImmutableList.copyOf(cluster));
      }
    }
    return clusters.build();
  }

  private static List<Region> cluster(Map<String, List<Region>> clusterOf, Region region) {
    List<Region> cluster = clusterOf.get(region.id());
    if (cluster == null) {
      throw new IllegalArgumentException(region.id() + " is not one of the regions");
    }
    return cluster;
  }

  private static boolean contains(List<Region> regions, Region region) {
    return regions.stream().anyMatch(other -> other.id().equals(region.id()));
  }

  /** A region, and those of some regions that share stored weights with it. */
  public static ImmutableList<Region> with(Region region, Collection<Region> regions) {
    return clusters(regions).stream()
        .filter(cluster -> contains(cluster, region))
        .findFirst()
        .orElse(ImmutableList.of(region));
  }

  /** Whether layers of a region share stored weights, with one another or with other regions. */
  public static boolean areIn(Region region) {
    return region.cutLayers().stream().anyMatch(RegionLayer::shared);
  }
}
