package dev.partita.accelerator;

/**
 * How often each operand of a product crosses a level of storage, and in which tiles.
 *
 * @param inputs passes over the inputs, {@code M x K}
 * @param weights passes over the weights, {@code K x N}
 * @param outputs passes over the outputs, {@code M x N}, writing and reading back counted each
 * @param rowTile Tm, rows of a tile
 * @param inTile Tk, input features of a tile
 * @param outTile Tn, output features of a tile
 */
record Fetches(long inputs, long weights, long outputs, long rowTile, long inTile, long outTile) {

  /** Every operand once: no storage can do with less. */
  static final Fetches ONCE = new Fetches(1, 1, 1, 1, 1, 1);
}
