package dev.partita.repair.moments;

import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.region.Region;
import dev.partita.partition.PartitionPlan;
import dev.partita.rewrite.RegionWeights;
import java.util.List;

/**
 * Where repair gets activations from: the calibration data, run through the original and through
 * the rewritten model side by side.
 */
public interface BranchSamples {

  /**
   * Streams what a layer sees and what it ought to make.
   *
   * @param region the layer's region
   * @param plan the region's plan
   * @param weights the recomputed weights of the region so far
   * @param layer the layer, cut or whole
   * @param consumer hears every batch, in order, on the calling thread
   */
  void stream(
      Region region, PartitionPlan plan, RegionWeights weights, DenseLayer layer, Consumer consumer)
      throws InterruptedException;

  /**
   * Streams what the last layer before an exit sees and what that exit ought to be.
   *
   * @param exit value that leaves the region
   * @param layer a cut layer; the consumer gets its inputs, and as target and outputs the exit
   */
  void streamExit(
      Region region,
      PartitionPlan plan,
      RegionWeights weights,
      String exit,
      DenseLayer layer,
      Consumer consumer)
      throws InterruptedException;

  /** Takes the activations of one batch. */
  @FunctionalInterface
  interface Consumer {
    /**
     * One batch.
     *
     * @param batch its number
     * @param target what the original's layer makes, {@code [rows, N]}
     * @param inputs what the rewritten layer reads, {@code [rows, K_p]} for each branch, or a
     *     single {@code [rows, K]} in natural order for a whole layer
     * @param outputs what it makes of that now: {@code [rows, N_p]} for each branch, or a single
     *     {@code [rows, N]} for a whole layer
     */
    void accept(int batch, Rows target, List<Rows> inputs, List<Rows> outputs);
  }
}
