package dev.partita.accelerator;

import static dev.partita.accelerator.Decimals.ceilDivide;

/**
 * Counts of a systolic array of {@code R x C} multipliers on a product of {@code M x K x N}. Cycles
 * are those of SCALE-Sim v3, equal on all its simulated cases; words at the array's edges are what
 * the geometry demands.
 *
 * @param rows R
 * @param columns C
 */
record SystolicArray(long rows, long columns) {

  /**
   * {@code ceil(M/R) * ceil(N/C) * (K + R + C - 2) - 1}: a tile of outputs stays while K steps of
   * inputs and weights run past it, skewed by the array's sides.
   */
  long outputStationaryCycles(long m, long k, long n) {
    long tiles = Math.multiplyExact(ceilDivide(m, rows), ceilDivide(n, columns));
    return Math.multiplyExact(tiles, Math.addExact(k, rows + columns - 2)) - 1;
  }

  /**
   * {@code ceil(K/R) * ceil(N/C) * (M + 2R + C - 2) - 1}: R steps load a tile of weights, then M
   * rows run past it, skewed by the array's sides.
   */
  long weightStationaryCycles(long m, long k, long n) {
    long tiles = Math.multiplyExact(ceilDivide(k, rows), ceilDivide(n, columns));
    return Math.multiplyExact(tiles, Math.addExact(m, 2 * rows + columns - 2)) - 1;
  }

  /**
   * Each MAC takes an input and a weight from its neighbours; an output leaves once. The buffer
   * feeds weights for every tile of rows and inputs for every tile of columns.
   */
  ArrayTraffic outputStationaryTraffic(long m, long k, long n) {
    long outputs = Math.multiplyExact(m, n);
    long macs = Math.multiplyExact(outputs, k);
    Moved buffer =
        new Moved(
            Words.product(k, n, ceilDivide(m, rows)),
            Words.add(Words.product(m, k, ceilDivide(n, columns)), outputs));
    return new ArrayTraffic(new Moved(macs, Words.add(macs, outputs)), buffer);
  }

  /**
   * Each MAC takes an input and a partial sum from its neighbours; a weight arrives once. Outputs
   * return to the buffer after every tile of input features but for the last, to be read again.
   */
  ArrayTraffic weightStationaryTraffic(long m, long k, long n) {
    long weights = Math.multiplyExact(k, n);
    long macs = Math.multiplyExact(weights, m);
    Moved buffer =
        new Moved(
            weights,
            Words.add(
                Words.product(m, k, ceilDivide(n, columns)),
                Words.product(m, n, 2 * ceilDivide(k, rows) - 1)));
    return new ArrayTraffic(new Moved(weights, Words.add(macs, macs)), buffer);
  }
}
