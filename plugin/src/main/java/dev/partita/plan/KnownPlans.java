package dev.partita.plan;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.LayerKey;
import dev.partita.dense.region.FeatureSpace;
import dev.partita.dense.region.Region;
import dev.partita.options.Options;
import dev.partita.options.Strategy;
import dev.partita.partition.PartitionPlan;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The plans of regions, made once for all runs of a model on the same data. Bridges are laid after
 * a plan is made, so runs that differ in their rank share it.
 */
public final class KnownPlans {

  private final Map<Planned, ImmutableList<PartitionPlan>> plans = new HashMap<>();

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

    static Planned of(List<Region> regions, int branches, Options options) {
      return new Planned(
          regions.stream()
              .flatMap(region -> region.layers().stream())
              .map(layer -> new Layer(layer.layer().key(), layer.whole()))
              .collect(ImmutableList.toImmutableList()),
          regions.stream()
              .flatMap(region -> region.spaces().stream())
              .collect(ImmutableList.toImmutableList()),
          branches,
          options.planning().strategy(),
          Planning.forRepair(options));
    }
  }

  private record Layer(LayerKey key, boolean whole) {}

  /** The plans of regions that have one plan together, made unless they were before. */
  ImmutableList<PartitionPlan> of(
      List<Region> regions,
      int branches,
      Options options,
      Supplier<ImmutableList<PartitionPlan>> made) {
    return plans.computeIfAbsent(Planned.of(regions, branches, options), key -> made.get());
  }
}
