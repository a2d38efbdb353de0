package dev.partita.optimize;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.partita.accelerator.Comparison;
import dev.partita.accelerator.Target;
import dev.partita.dense.find.LayerRows;
import dev.partita.dense.find.SkipReason;
import dev.partita.dense.region.Findings;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionFinder;
import dev.partita.dense.select.FinderOptions;
import dev.partita.dense.select.Skipped;
import dev.partita.model.GraphIndex;
import dev.partita.options.Options;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Finds the regions of a model that are worth cutting: those that are estimated to be no faster cut
 * than dense on one accelerator are left whole, unless layers were asked for by name.
 */
final class Gain {

  private Gain() {}

  /** What is found without some layers, given by their names. */
  static Findings find(GraphIndex index, Options options, Target target, Set<String> without) {
    return find(index, options, target, without, /* cutClosing= */ false);
  }

  /**
   * What is found without some layers.
   *
   * @param cutClosing whether layers that make an output of the model are cut as well
   */
  static Findings find(
      GraphIndex index, Options options, Target target, Set<String> without, boolean cutClosing) {
    CutEstimates estimates =
        new CutEstimates(
            index,
            target,
            new LayerRows(index, options.target().dims()),
            Estimates.sharing(options, target));
    Map<String, String> slow = new LinkedHashMap<>();
    while (true) {
      Findings found =
          RegionFinder.find(
              index,
              new FinderOptions(
                  target.accelerators(),
                  options.selection().minBlock(),
                  options.selection().include(),
                  ImmutableList.<String>builder()
                      .addAll(options.selection().exclude())
                      .addAll(without)
                      .addAll(slow.keySet())
                      .build(),
                  cutClosing));
      int before = slow.size();
      if (options.selection().include().isEmpty()) {
        found.regions().forEach(region -> slow.putAll(slow(estimates, region, options, target)));
      }
      if (slow.size() == before) {
        return explained(found, ImmutableSet.copyOf(without), slow);
      }
    }
  }

  /** Why the layers of a region stay whole, by their names; none where cutting it is faster. */
  private static Map<String, String> slow(
      CutEstimates estimates, Region region, Options options, Target target) {
    Comparison comparison =
        estimates.compare(region, target.accelerators(), options.repair().bridgeRank());
    long cut = comparison.pruned().cycles();
    long whole = comparison.denseOnOne().cycles();
    Map<String, String> reasons = new LinkedHashMap<>();
    if (cut >= whole) {
      String reason =
          "Its region is estimated to take %d cycles on %d accelerators, and %d whole on one."
              .formatted(cut, target.accelerators(), whole);
      region.cutLayers().forEach(layer -> reasons.put(layer.layer().name(), reason));
    }
    return reasons;
  }

  private static Findings explained(
      Findings found, ImmutableSet<String> without, Map<String, String> slow) {
    ImmutableList<Skipped> skipped =
        found.skipped().stream()
            .map(
                entry ->
                    slow.containsKey(entry.node())
                            && !without.contains(entry.node())
                            && entry.reason() == SkipReason.EXCLUDED
                        ? new Skipped(
                            entry.node(),
                            entry.operator(),
                            SkipReason.NO_GAIN,
                            Objects.requireNonNull(slow.get(entry.node())))
                        : entry)
            .collect(ImmutableList.toImmutableList());
    return new Findings(found.regions(), skipped, found.leftLayers());
  }
}
