package dev.partita.repair.region;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.region.FeatureSpace.State;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.partition.PartitionPlan;
import dev.partita.repair.leastsquares.Fit;
import dev.partita.repair.lowrank.BridgeRepair;
import dev.partita.repair.moments.BranchRows;
import dev.partita.repair.moments.BranchSamples;
import dev.partita.repair.moments.CalibrationRows;
import dev.partita.repair.moments.Rows;
import dev.partita.rewrite.BlockWeights;
import dev.partita.rewrite.BridgePlaces;
import dev.partita.rewrite.RegionWeights;
import dev.partita.workers.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Recomputes the weights of a region layer by layer, in graph order: inputs are what the rewritten
 * branch really computes, targets are what the original makes before its activation.
 */
public final class LeastSquaresRepair {

  private final BranchSamples samples;
  private final SharedRepair shared;
  private final Workers workers;

  /**
   * A repair that draws on the given activations.
   *
   * @param shared the blocks of layers that share stored weights
   * @param workers work on branches, one each at a time; their number never changes the result
   */
  LeastSquaresRepair(BranchSamples samples, SharedRepair shared, Workers workers) {
    this.samples = samples;
    this.shared = shared;
    this.workers = workers;
  }

  /**
   * Weights for every layer of the region that can be recomputed, those behind the Concat included,
   * and the factors of its bridges.
   *
   * @param places where bridges may be
   * @param rank of bridges; without meaning where there are no places
   */
  public RegionWeights repair(Region region, PartitionPlan plan, BridgePlaces places, int rank)
      throws InterruptedException {
    BridgeRepair bridges = new BridgeRepair(samples, region, plan, rank);
    RegionWeights weights = RegionWeights.ORIGINAL;
    for (RegionLayer layer : region.layers()) {
      if (!layer.layer().form().isRepairable() || shared.keeps(layer.layer())) {
        continue;
      }
      weights = weights.with(layer.layer(), repair(region, plan, weights, layer));
      String entry = layer.layer().input();
      ImmutableList<RegionLayer> readers = places.entries().getOrDefault(entry, ImmutableList.of());
      if (!readers.isEmpty() && readers.get(readers.size() - 1).equals(layer)) {
        weights = bridges.enter(weights, entry, readers);
        for (RegionLayer reader : readers) {
          weights = weights.with(reader.layer(), repair(region, plan, weights, reader));
        }
      }
      for (Map.Entry<String, RegionLayer> exit : places.exits().entrySet()) {
        if (exit.getValue().equals(layer)) {
          weights = bridges.leave(weights, exit.getKey(), layer);
        }
      }
    }
    return weights;
  }

  private BlockWeights[] repair(
      Region region, PartitionPlan plan, RegionWeights weights, RegionLayer layer)
      throws InterruptedException {
    DenseLayer dense = layer.layer();
    boolean isShared = shared.contains(dense);
    RegionWeights before =
        isShared && !layer.whole() ? weights.with(dense, shared.blocks(dense)) : weights;
    List<Fit> fits = fits(region, plan, before, layer);
    try {
      samples.stream(
          region,
          plan,
          before,
          dense,
          (batch, target, inputs, outputs) -> add(fits, layer, batch, target, inputs, outputs));
      if (isShared) {
        shared.take(dense, fits);
        return fits.stream().map(Fit::shifted).toArray(BlockWeights[]::new);
      }
      BlockWeights[] solved = new BlockWeights[fits.size()];
      workers.forEach(solved.length, i -> solved[i] = fits.get(i).solve());
      return solved;
    } finally {
      fits.forEach(Fit::close);
    }
  }

  private static List<Fit> fits(
      Region region, PartitionPlan plan, RegionWeights weights, RegionLayer layer) {
    DenseLayer dense = layer.layer();
    int[] allOuts = IntStream.range(0, dense.out()).toArray();
    int[] allIns = IntStream.range(0, dense.in()).toArray();
    if (layer.whole()) {
      return List.of(new Fit(dense, allIns, allOuts, weights.of(dense, 0)));
    }
    boolean shared = region.spaces().get(layer.inSpace()).state() == State.SHARED;
    List<Fit> fits = new ArrayList<>();
    for (int branch = 0; branch < plan.branches(); branch++) {
      int[] ins = shared ? allIns : plan.features(layer.inSpace(), branch);
      int[] outs = plan.features(layer.outSpace(), branch);
      fits.add(new Fit(dense, ins, outs, weights.of(dense, branch)));
    }
    return fits;
  }

  private void add(
      List<Fit> fits,
      RegionLayer layer,
      int batch,
      Rows target,
      List<Rows> inputs,
      List<Rows> outputs) {
    float[] wanted = target.values();
    boolean heldOut = CalibrationRows.isHeldOut(batch);
    if (layer.whole()) {
      double[] joined = BranchRows.doubles(inputs.get(0).values());
      fits.get(0).add(joined, wanted, outputs.get(0).values(), target.count(), heldOut);
      return;
    }
    workers.forEach(
        fits.size(),
        branch ->
            fits.get(branch)
                .add(
                    BranchRows.doubles(inputs.get(branch).values()),
                    wanted,
                    outputs.get(branch).values(),
                    target.count(),
                    heldOut));
  }
}
