package dev.partita.accelerator;

/**
 * What one accelerator does for one product, or for several: whole numbers, no prices.
 *
 * @param macs multiply-accumulate operations
 * @param arrayCycles cycles of the multiplier array, at the accelerator's own clock
 * @param dram words read from and written to DRAM
 * @param deliveries words delivered to multipliers over the array's interconnect
 * @param bufferAccesses words read from and written to the buffer
 */
record Counts(long macs, long arrayCycles, Moved dram, Moved deliveries, Moved bufferAccesses) {

  /** No work at all: a block without inputs or without outputs. */
  static final Counts NONE = new Counts(0, 0, Moved.NONE, Moved.NONE, Moved.NONE);

  Counts plus(Counts other) {
    return new Counts(
        Math.addExact(macs, other.macs),
        Math.addExact(arrayCycles, other.arrayCycles),
        dram.plus(other.dram),
        deliveries.plus(other.deliveries),
        bufferAccesses.plus(other.bufferAccesses));
  }
}
