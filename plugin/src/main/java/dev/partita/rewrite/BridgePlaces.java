package dev.partita.rewrite;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.FeatureAxis;
import dev.partita.dense.region.FeatureSpace.State;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.model.GraphIndex;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a region can have bridges of a rank, and why not where it cannot.
 *
 * @param entries entry values with the layers that read them, in graph order
 * @param exits exit values with the last cut layer in front of them
 * @param refusals one sentence for each entry or exit that has none
 */
public record BridgePlaces(
    ImmutableMap<String, ImmutableList<RegionLayer>> entries,
    ImmutableMap<String, RegionLayer> exits,
    ImmutableList<String> refusals) {

  /** Fitting a bridge takes the square of this many numbers. */
  static final int MOST_FEATURES = 8192;

  /** They change the axes, so that rows of what goes in are not rows of what comes out. */
  private static final ImmutableSet<String> MOVES =
      ImmutableSet.of("Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze");

  /** Nowhere. */
  public static final BridgePlaces NONE =
      new BridgePlaces(ImmutableMap.of(), ImmutableMap.of(), ImmutableList.of());

  /**
   * The places of a region.
   *
   * @param branches P
   * @param rank R; 0 for no bridges
   */
  public static BridgePlaces of(GraphIndex index, Region region, int branches, int rank) {
    if (rank == 0) {
      return NONE;
    }
    Map<String, ImmutableList<RegionLayer>> entries = new LinkedHashMap<>();
    Map<String, RegionLayer> exits = new LinkedHashMap<>();
    List<String> refusals = new ArrayList<>();
    for (String entry : region.entries()) {
      ImmutableList<RegionLayer> readers = readers(region, entry);
      if (readers.isEmpty() || region.space(entry).state() != State.ASSIGNED) {
        continue;
      }
      String obstacle = obstacle(index, region, entry, readers, branches, rank);
      if (obstacle == null) {
        entries.put(entry, readers);
      } else {
        refusals.add("Entry '%s' gets no bridge: %s.".formatted(entry, obstacle));
      }
    }
    for (String exit : region.exits()) {
      Optional<RegionLayer> last = last(region, exit);
      // What reads an entry hears of the other branches there.
      if (last.isEmpty() || entries.containsKey(last.get().layer().input())) {
        continue;
      }
      String obstacle = obstacle(index, region, exit, last.get(), branches, rank);
      if (obstacle == null) {
        exits.put(exit, last.get());
      } else {
        refusals.add("Exit '%s' gets no bridge: %s.".formatted(exit, obstacle));
      }
    }
    return new BridgePlaces(
        ImmutableMap.copyOf(entries), ImmutableMap.copyOf(exits), ImmutableList.copyOf(refusals));
  }

  private static ImmutableList<RegionLayer> readers(Region region, String entry) {
    return region.cutLayers().stream()
        .filter(layer -> layer.layer().input().equals(entry))
        .collect(ImmutableList.toImmutableList());
  }

  private static Optional<RegionLayer> last(Region region, String exit) {
    int space = region.space(exit).id();
    return region.cutLayers().stream()
        .filter(layer -> layer.outSpace() == space)
        .reduce((first, second) -> second);
  }

  private static @Nullable String obstacle(
      GraphIndex index,
      Region region,
      String entry,
      List<RegionLayer> readers,
      int branches,
      int rank) {
    List<Integer> reading = readers.stream().map(layer -> layer.layer().nodes().get(0)).toList();
    if (index.consumers(entry).stream()
        .anyMatch(node -> region.nodes().contains(node) && !reading.contains(node))) {
      return "nodes other than dense layers of the region read it";
    }
    for (RegionLayer reader : readers) {
      String obstacle = obstacle(reader, branches, rank);
      if (obstacle != null) {
        return obstacle;
      }
    }
    return null;
  }

  private static @Nullable String obstacle(
      GraphIndex index, Region region, String exit, RegionLayer last, int branches, int rank) {
    if (region.spaces().get(last.inSpace()).state() != State.ASSIGNED) {
      return "every branch has the whole input of layer '" + last.layer().name() + "'";
    }
    if (region.axis(exit) != FeatureAxis.LAST) {
      return "its features are not on the last axis";
    }
    if (region.nodes().stream().anyMatch(node -> MOVES.contains(index.node(node).getOpType()))) {
      return "axes move inside region " + region.id();
    }
    return obstacle(last, branches, rank);
  }

  private static @Nullable String obstacle(RegionLayer of, int branches, int rank) {
    DenseLayer layer = of.layer();
    if (of.shared()) {
      return "layer '" + layer.name() + "' shares its weight with other layers";
    }
    if (!layer.form().isRepairable()) {
      return "layer '" + layer.name() + "' keeps its original weights";
    }
    if (layer.from().axis() != FeatureAxis.LAST || layer.to().axis() != FeatureAxis.LAST) {
      return "layer '" + layer.name() + "' does not have its features on the last axis";
    }
    if (layer.in() > MOST_FEATURES) {
      return "layer '%s' has %d inputs, more than %d"
          .formatted(layer.name(), layer.in(), MOST_FEATURES);
    }
    // Both factors together against what all but one of the branches' blocks would hold.
    if ((long) rank * (layer.in() + layer.out())
        >= (long) layer.in() * layer.out() * (branches - 1) / branches) {
      return "rank %d saves nothing in layer '%s' of %d x %d"
          .formatted(rank, layer.name(), layer.in(), layer.out());
    }
    return null;
  }
}
