package dev.partita.plan;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.LayerKey;
import dev.partita.dense.region.FeatureSpace;
import dev.partita.dense.region.Region;
import dev.partita.options.Options;
import dev.partita.options.Strategy;
import dev.partita.partition.PartitionPlan;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The plans of regions, made once for all runs of a model on the same data. Bridges are laid after
 * a plan is made, so that runs that differ in their rank share it.
 */
public final class KnownPlans {

  private final Map<Planned, PartitionPlan> plans = new HashMap<>();

  /**
   * What a plan depends on, and runs differ in.
   *
   * @param layers with whether they stay whole
   * @param branches P
   * @param forRepair whether the weights that a plan keeps are recomputed
   */
  private record Planned(
      ImmutableList<Layer> layers,
      ImmutableList<FeatureSpace> spaces,
      int branches,
      Strategy strategy,
      boolean forRepair) {

    static Planned of(Region region, int branches, Options options) {
      return new Planned(
          region.layers().stream()
              .map(layer -> new Layer(layer.layer().key(), layer.whole()))
              .collect(ImmutableList.toImmutableList()),
          region.spaces(),
          branches,
          options.planning().strategy(),
          Planning.forRepair(options));
    }
  }

  private record Layer(LayerKey key, boolean whole) {}

  @Nullable PartitionPlan find(Region region, int branches, Options options) {
    return plans.get(Planned.of(region, branches, options));
  }

  void keep(Region region, int branches, Options options, PartitionPlan plan) {
    plans.put(Planned.of(region, branches, options), plan);
  }
}
