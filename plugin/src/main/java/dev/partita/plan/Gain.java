package dev.partita.plan;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import dev.partita.accelerator.Comparison;
import dev.partita.accelerator.Target;
import dev.partita.dense.find.LayerKey;
import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.dense.find.LayerRows;
import dev.partita.dense.find.SkipReason;
import dev.partita.dense.region.Findings;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionFinder;
import dev.partita.dense.select.FinderOptions;
import dev.partita.estimate.CutEstimates;
import dev.partita.estimate.Estimates;
import dev.partita.model.GraphIndex;
import dev.partita.options.Options;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the regions of a model that are worth cutting: those that are estimated to be no faster cut
 * than dense on one accelerator are left whole, unless layers were asked for by name.
 */
public final class Gain {

  private final Options options;
  private final Target target;
  private final CutEstimates estimates;
  private final RegionFinder finder;
  private final ImmutableMap<LayerKey, Refused> barred;
  private final Findings findings;

  private Gain(
      Options options,
      Target target,
      CutEstimates estimates,
      RegionFinder finder,
      ImmutableMap<LayerKey, Refused> barred) {
    this.options = options;
    this.target = target;
    this.estimates = estimates;
    this.finder = finder;
    Map<LayerKey, Refused> all = new LinkedHashMap<>(barred);
    Findings found = finder.find(all);
    while (options.selection().include().isEmpty() && leaveSlow(found, all)) {
      found = finder.find(all);
    }
    this.barred = barred;
    this.findings = found;
  }

  public static Gain of(GraphIndex index, Options options, Target target) {
    return of(index, options, target, /* cutClosing= */ false);
  }

  /**
   * Looks for them.
   *
   * @param cutClosing whether layers that make an output of the model are cut as well
   */
  public static Gain of(GraphIndex index, Options options, Target target, boolean cutClosing) {
    return new Gain(
        options,
        target,
        new CutEstimates(
            index,
            target,
            new LayerRows(index, options.target().dims()),
            Estimates.sharing(options, target)),
        new RegionFinder(
            index,
            new FinderOptions(
                target.accelerators(),
                options.selection().minBlock(),
                options.selection().include(),
                options.selection().exclude(),
                cutClosing)),
        ImmutableMap.copyOf(
            Maps.transformValues(
                options.selection().leftAlone(),
                name -> new Refused(SkipReason.EXCLUDED, "The search leaves its region whole."))));
  }

  /** What was found. */
  public Findings findings() {
    return findings;
  }

  /** What is found without some more layers, each of which is left alone for a reason. */
  public Gain without(Map<LayerKey, Refused> more) {
    Map<LayerKey, Refused> all = new LinkedHashMap<>(more);
    all.putAll(barred);
    return new Gain(options, target, estimates, finder, ImmutableMap.copyOf(all));
  }

  /** Leaves alone the layers of regions that are not worth it; whether there are any. */
  private boolean leaveSlow(Findings found, Map<LayerKey, Refused> all) {
    int before = all.size();
    for (Region region : found.regions()) {
      Refused slow = slow(region);
      if (slow != null) {
        region.cutLayers().forEach(layer -> all.put(layer.layer().key(), slow));
      }
    }
    return all.size() > before;
  }

  /** Why the layers of a region stay whole; null where cutting it is faster. */
  private @Nullable Refused slow(Region region) {
    Comparison comparison =
        estimates.compare(region, target.accelerators(), options.repair().bridgeRank());
    long cut = comparison.pruned().cycles();
    long whole = comparison.denseOnOne().cycles();
    return cut < whole
        ? null
        : new Refused(
            SkipReason.NO_GAIN,
            "Its region is estimated to take %d cycles when cut for %d accelerators, but %d whole on one."
                .formatted(cut, target.accelerators(), whole));
  }
}
