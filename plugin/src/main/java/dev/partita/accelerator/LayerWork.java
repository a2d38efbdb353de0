package dev.partita.accelerator;

import com.google.common.collect.ImmutableList;

/**
 * One dense layer as the cost model sees it: shapes in, nothing of the graph.
 *
 * @param name the layer's name, for messages
 * @param rows M, the rows of the activation (batch times every other leading dimension)
 * @param in K, input features of the unpruned layer
 * @param out N, output features of the unpruned layer
 * @param blocks the block of each accelerator, index = accelerator; empty where the layer is whole
 *     (computed once, on accelerator 0)
 * @param scattersInput whether the blocks' inputs come from outside the region, so that they travel
 *     to the accelerators; false for a second layer that reads the same entry value, which travels
 *     once
 * @param gathersOutput whether the blocks' outputs leave the region, so that they travel back
 * @param added whether the unpruned model has no such layer: a product that cutting brings
 */
public record LayerWork(
    String name,
    long rows,
    long in,
    long out,
    ImmutableList<Block> blocks,
    boolean scattersInput,
    boolean gathersOutput,
    boolean added) {

  /** A layer of the unpruned model. */
  public LayerWork(
      String name,
      long rows,
      long in,
      long out,
      ImmutableList<Block> blocks,
      boolean scattersInput,
      boolean gathersOutput) {
    this(name, rows, in, out, blocks, scattersInput, gathersOutput, false);
  }

  /**
   * What one accelerator keeps of a layer.
   *
   * @param in input features of the block
   * @param out output features of the block
   */
  public record Block(long in, long out) {}
}
