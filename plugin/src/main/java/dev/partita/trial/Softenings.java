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

  /** Those of a region: at most two bridges, one shared entry, and halves of its branches. */
  ImmutableList<Softening> of(Cut cut) {
    Region region = cut.region();
    if (SharedLayers.areIn(region)) {
      // Other blocks than those of the layers that it shares weights with would be stored as well.
      return ImmutableList.of();
    }
    int branches = cut.plan().branches();
    List<Softening> all = new ArrayList<>();
    if (repair != Repair.NONE && RegionRepair.canRepair(region)) {
      for (int rank : RANKS) {
        BridgePlaces places = estimates.places(region, branches, rank);
        boolean any = !places.entries().isEmpty() || !places.exits().isEmpty();
        if (rank > cut.bridgeRank() && any) {
          all.add(soften(Action.BRIDGED, region, branches, rank, "bridges of rank " + rank));
        }
      }
    }
    Region shared = withSharedEntries(index.at(region.graph()), region);
    if (!shared.equals(region)) {
      all.add(soften(Action.SHARED, shared, branches, cut.bridgeRank(), "entry shared"));
    }
    int half = estimates.allowsFewer() ? branches / 2 : 0;
    for (int fewer = half; fewer >= FEWEST_BRANCHES; fewer /= 2) {
      String detail = "on " + fewer + " of " + branches + " accelerators";
      all.add(soften(Action.FEWER_BRANCHES, region, fewer, cut.bridgeRank(), detail));
    }
    long whole = estimates.compare(region, branches, 0).denseOnOne().cycles();
    return all.stream()
        .filter(softening -> softening.cycles() < whole)
        .sorted(Comparator.comparingLong(Softening::cycles).thenComparing(Softening::action))
        .collect(ImmutableList.toImmutableList());
  }

  private Softening soften(Action action, Region region, int branches, int rank, String detail) {
    long cycles = estimates.compare(region, branches, rank).pruned().cycles();
    return new Softening(action, region, branches, rank, cycles, detail);
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
