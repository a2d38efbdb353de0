package dev.partita.trial;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.region.FeatureSpace;
import dev.partita.dense.region.FeatureSpace.State;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.dense.region.SharedLayers;
import dev.partita.estimate.CutEstimates;
import dev.partita.model.GraphIndex;
import dev.partita.options.Repair;
import dev.partita.repair.region.RegionRepair;
import dev.partita.report.schema.ShortList;
import dev.partita.rewrite.BridgePlaces;
import dev.partita.rewrite.Cut;
import dev.partita.trial.Softening.Action;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The ways in which a region may be softened, the one that costs least time first. Only what keeps
 * more of its weights than the region keeps now can help, and only what is estimated to be faster
 * than the region left whole is worth it.
 */
final class Softenings {

  private static final ImmutableList<Integer> RANKS = ImmutableList.of(16, 32);
  private static final int FEWEST_BRANCHES = 2;

  private final GraphIndex index;
  private final CutEstimates estimates;
  private final Repair repair;

  /**
   * Softenings of the regions of a model.
   *
   * @param repair bridges come from it alone
   */
  Softenings(GraphIndex index, CutEstimates estimates, Repair repair) {
    this.index = index;
    this.estimates = estimates;
    this.repair = repair;
  }

  /**
   * Those of a region, or of regions that share stored weights: at most two bridges, one shared
   * entry, and halves of the branches.
   */
  ImmutableList<Softening> of(List<Cut> cuts) {
    List<Region> regions = cuts.stream().map(Cut::region).toList();
    int branches = cuts.get(0).plan().branches();
    int bridgeRank = cuts.get(0).bridgeRank();
    List<Softening> all = new ArrayList<>();
    if (repair != Repair.NONE && regions.stream().allMatch(RegionRepair::canRepair)) {
      for (int rank : RANKS) {
        if (rank > bridgeRank && regions.stream().anyMatch(r -> hasPlaces(r, branches, rank))) {
          all.add(soften(Action.BRIDGED, regions, branches, rank, "bridges of rank " + rank));
        }
      }
    }
    List<Region> shared =
        regions.stream().map(r -> withSharedEntries(index.at(r.graph()), r)).toList();
    if (!shared.equals(regions) && haveEqualBlocks(shared)) {
      all.add(soften(Action.SHARED, shared, branches, bridgeRank, "entry shared"));
    }
    int half = estimates.allowsFewer() ? branches / 2 : 0;
    for (int fewer = half; fewer >= FEWEST_BRANCHES; fewer /= 2) {
      String detail = "on " + fewer + " of " + branches + " accelerators";
      all.add(soften(Action.FEWER_BRANCHES, regions, fewer, bridgeRank, detail));
    }
    long whole =
        regions.stream()
            .mapToLong(region -> estimates.compare(region, branches, 0).denseOnOne().cycles())
            .sum();
    return all.stream()
        .filter(softening -> softening.cycles() < whole)
        .sorted(Comparator.comparingLong(Softening::cycles).thenComparing(Softening::action))
        .collect(ImmutableList.toImmutableList());
  }

  private boolean hasPlaces(Region region, int branches, int rank) {
    BridgePlaces places = estimates.places(region, branches, rank);
    return !places.entries().isEmpty() || !places.exits().isEmpty();
  }

  /** Whether layers of one stored weight can have equal blocks. */
  private static boolean haveEqualBlocks(List<Region> regions) {
    return SharedLayers.of(regions).stream()
        .allMatch(uses -> uses.stream().map(Softenings::isEntryShared).distinct().count() == 1);
  }

  private static boolean isEntryShared(SharedLayers.Use use) {
    return use.region().spaces().get(use.layer().inSpace()).state() == State.SHARED;
  }

  private Softening soften(
      Action action, List<Region> regions, int branches, int rank, String detail) {
    long cycles =
        regions.stream()
            .mapToLong(region -> estimates.compare(region, branches, rank).pruned().cycles())
            .sum();
    String together =
        regions.size() == 1
            ? ""
            : ", as " + ShortList.of(regions.stream().map(Region::id).toList()) + " share a weight";
    return new Softening(
        action, ImmutableList.copyOf(regions), branches, rank, cycles, detail + together);
  }

  /** The same with every entry shared that can be; an equal region where none can. */
  static Region withSharedEntries(GraphIndex index, Region region) {
    Set<Integer> made = new HashSet<>();
    Set<Integer> read = new HashSet<>();
    for (Map.Entry<String, Integer> value : region.spaceOf().entrySet()) {
      boolean entry = region.entries().contains(value.getKey());
      (entry && onlyLayersRead(index, region, value.getKey()) ? read : made).add(value.getValue());
    }
    ImmutableList<FeatureSpace> spaces =
        region.spaces().stream()
            .map(
                space ->
                    space.state() == State.ASSIGNED
                            && read.contains(space.id())
                            && !made.contains(space.id())
                        ? new FeatureSpace(space.id(), space.size(), State.SHARED, space.granule())
                        : space)
            .collect(ImmutableList.toImmutableList());
    return region.withSpaces(spaces);
  }

  private static boolean onlyLayersRead(GraphIndex index, Region region, String entry) {
    Set<Integer> readers = new HashSet<>();
    for (RegionLayer layer : region.cutLayers()) {
      if (layer.layer().input().equals(entry)) {
        readers.add(layer.layer().nodes().get(0));
      }
    }
    return index.consumers(entry).stream()
        .allMatch(node -> readers.contains(node) || !region.nodes().contains(node));
  }
}
