package dev.partita.repair.lowrank;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.Matrix;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.partition.PartitionPlan;
import dev.partita.repair.lowrank.BlocksAndFactors.Block;
import dev.partita.repair.lowrank.ReducedRankRegression.Factors;
import dev.partita.repair.lowrank.ReducedRankRegression.Sums;
import dev.partita.repair.moments.BranchRows;
import dev.partita.repair.moments.BranchSamples;
import dev.partita.repair.moments.CalibrationRows;
import dev.partita.repair.moments.FiniteRows;
import dev.partita.repair.moments.Moments;
import dev.partita.repair.moments.Rows;
import dev.partita.rewrite.BlockWeights;
import dev.partita.rewrite.Bridges;
import dev.partita.rewrite.RegionWeights;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the factors of bridges by reduced-rank regression of what the blocks, recomputed by least
 * squares, leave unexplained.
 */
public final class BridgeRepair {

  private final BranchSamples samples;
  private final Region region;
  private final PartitionPlan plan;
  private final int rank;

  public BridgeRepair(BranchSamples samples, Region region, PartitionPlan plan, int rank) {
    this.samples = samples;
    this.region = region;
    this.plan = plan;
    this.rank = rank;
  }

  /**
   * Gives an entry a projection, and the blocks that read it rows for it: a start for least
   * squares, to which the whole blocks are then recomputed.
   *
   * @param weights with all readers recomputed
   * @param readers cut layers that read the entry
   * @return the same weights where no projection helps
   */
  public RegionWeights enter(RegionWeights weights, String entry, List<RegionLayer> readers)
      throws InterruptedException {
    List<Sums> sums = new ArrayList<>();
    try {
      for (RegionLayer reader : readers) {
        DenseLayer layer = reader.layer();
        Sums of = new Sums(moments(layer), moments(layer), blocks(weights, reader));
        sums.add(of);
        samples.stream(
            region,
            plan,
            weights,
            layer,
            (batch, target, inputs, outputs) ->
                add(
                    of,
                    batch,
                    join(reader.inSpace(), inputs, layer.in()),
                    target,
                    join(reader.outSpace(), outputs, layer.out())));
      }
      Factors factors = ReducedRankRegression.fit(sums, rank, true);
      if (factors == null) {
        return weights;
      }
      RegionWeights bridged = weights.with(entry, matrix(factors.left(), rank), rank);
      for (int i = 0; i < readers.size(); i++) {
        BlockWeights[] blocks = changed(weights, readers.get(i), sums.get(i), factors, i);
        bridged =
            bridged.with(
                readers.get(i).layer(), extended(blocks, readers.get(i), factors.right().get(i)));
      }
      return bridged;
    } finally {
      sums.forEach(BridgeRepair::close);
    }
  }

  /**
   * Gives an exit a bridge from what its last layer reads.
   *
   * @return the same weights where no bridge helps
   */
  public RegionWeights leave(RegionWeights weights, String exit, RegionLayer last)
      throws InterruptedException {
    DenseLayer layer = last.layer();
    boolean linear = exit.equals(layer.output());
    Sums sums =
        new Sums(
            moments(layer), moments(layer), linear ? blocks(weights, last) : ImmutableList.of());
    try {
      samples.streamExit(
          region,
          plan,
          weights,
          exit,
          layer,
          (batch, target, inputs, outputs) ->
              add(
                  sums,
                  batch,
                  join(last.inSpace(), inputs, layer.in()),
                  target,
                  join(last.outSpace(), outputs, layer.out())));
      // About zero where the layer's bias cannot make up for means, there being something between.
      Factors factors = ReducedRankRegression.fit(List.of(sums), rank, linear);
      if (factors == null) {
        return weights;
      }
      RegionWeights bridged =
          linear ? weights.with(layer, changed(weights, last, sums, factors, 0)) : weights;
      return bridged.with(
          exit,
          new Bridges.Exit(
              layer.input(),
              matrix(factors.left(), rank),
              matrix(factors.right().get(0), factors.right().get(0).length / rank)),
          rank);
    } finally {
      close(sums);
    }
  }

  private static Moments moments(DenseLayer layer) {
    return new Moments(layer.in(), layer.out());
  }

  private static void close(Sums sums) {
    sums.fit().close();
    sums.heldOut().close();
  }

  private static void add(Sums sums, int batch, double[] x, Rows target, double[] made) {
    Moments to = CalibrationRows.isHeldOut(batch) ? sums.heldOut() : sums.fit();
    double[] left = made;
    float[] wanted = target.values();
    for (int i = 0; i < left.length; i++) {
      left[i] = wanted[i] - left[i];
    }
    int[] kept = FiniteRows.of(x, to.inputs(), left, to.outputs(), target.count());
    if (kept.length > 0) {
      to.add(
          FiniteRows.select(x, to.inputs(), kept),
          FiniteRows.select(left, to.outputs(), kept),
          kept.length);
    }
  }

  private double[] join(int space, List<Rows> parts, int features) {
    return BranchRows.join(plan, space, parts, features);
  }

  private ImmutableList<Block> blocks(RegionWeights weights, RegionLayer layer) {
    ImmutableList.Builder<Block> blocks = ImmutableList.builder();
    for (int branch = 0; branch < plan.branches(); branch++) {
      blocks.add(
          new Block(
              plan.features(layer.inSpace(), branch),
              plan.features(layer.outSpace(), branch),
              block(weights, layer, branch).weight()));
    }
    return blocks.build();
  }

  /** The blocks of a layer, with what they change and the bias that goes with it. */
  private BlockWeights[] changed(
      RegionWeights weights, RegionLayer layer, Sums sums, Factors factors, int set) {
    double[] mean = sums.fit().inputMean();
    double[] wanted = sums.fit().outputMean();
    double[] projected = new double[rank];
    for (int at = 0; at < factors.left().length; at++) {
      projected[at % rank] += mean[at / rank] * factors.left()[at];
    }
    BlockWeights[] changed = new BlockWeights[plan.branches()];
    for (int branch = 0; branch < changed.length; branch++) {
      BlockWeights block = block(weights, layer, branch);
      int[] ins = plan.features(layer.inSpace(), branch);
      int[] outs = plan.features(layer.outSpace(), branch);
      double[] added = factors.blocks().get(set * plan.branches() + branch);
      float[] weight = block.weight().values().clone();
      float[] shift = block.biasShift().clone();
      for (int n = 0; n < outs.length; n++) {
        double missing = wanted[outs[n]];
        for (int r = 0; r < rank; r++) {
          missing -= projected[r] * factors.right().get(set)[r * wanted.length + outs[n]];
        }
        for (int i = 0; i < ins.length; i++) {
          double change = added[i * outs.length + n];
          weight[i * outs.length + n] += (float) change;
          missing -= mean[ins[i]] * change;
        }
        shift[n] += (float) missing;
      }
      changed[branch] = new BlockWeights(new Matrix(ins.length, outs.length, weight), shift);
    }
    return changed;
  }

  /** The blocks of a layer with R more rows each. */
  private BlockWeights[] extended(BlockWeights[] blocks, RegionLayer reader, double[] right) {
    BlockWeights[] extended = new BlockWeights[blocks.length];
    Matrix more = matrix(right, reader.layer().out());
    for (int branch = 0; branch < blocks.length; branch++) {
      Matrix own = blocks[branch].weight();
      int[] outs = plan.features(reader.outSpace(), branch);
      extended[branch] =
          new BlockWeights(own.above(more.columns(outs)), blocks[branch].biasShift());
    }
    return extended;
  }

  private static BlockWeights block(RegionWeights weights, RegionLayer reader, int branch) {
    @Nullable BlockWeights block = weights.of(reader.layer(), branch);
    if (block == null) {
      throw new IllegalArgumentException(reader.layer().name() + " was not recomputed");
    }
    return block;
  }

  private static Matrix matrix(double[] values, int columns) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return new Matrix(values.length / columns, columns, floats);
  }
}
