package dev.partita.accelerator;

/**
 * What one accelerator does for one product: whole numbers, no prices.
 *
 * @param macs multiply-accumulate operations
 * @param arrayCycles cycles of the multiplier array
 * @param dramWords words read from and written to DRAM
 * @param deliveries words delivered to multipliers over the array's interconnect
 * @param bufferAccesses words read from and written to the buffer
 */
record Counts(long macs, long arrayCycles, long dramWords, long deliveries, long bufferAccesses) {

  /** No work at all: a block without inputs or without outputs. */
  static final Counts NONE = new Counts(0, 0, 0, 0, 0);
}
