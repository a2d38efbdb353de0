package dev.partita.accelerator;

import static dev.partita.accelerator.Decimals.ceilDivide;

import com.google.common.collect.ImmutableList;

/**
 * A systolic array of {@code R x C} multipliers in which weights stay in place, on a product of
 * {@code M x K x N}. Cycles are those of SCALE-Sim v3, equal on all its simulated cases; words at
 * the array's edges are what the geometry demands.
 *
 * @param rows R
 * @param columns C
 */
record WeightStationaryArray(long rows, long columns) implements ArrayModel {

  /**
   * {@code ceil(K/R) * ceil(N/C) * (M + 2R + C - 2) - 1}: R steps load a tile of weights, then M
   * rows run past it, skewed by the array's sides.
   */
  @Override
  public long cycles(long m, long k, long n) {
    long tiles = Math.multiplyExact(ceilDivide(k, rows), ceilDivide(n, columns));
    return Math.multiplyExact(tiles, Math.addExact(m, 2 * rows + columns - 2)) - 1;
  }

  /**
   * Each MAC takes an input and a partial sum from its neighbours; a weight arrives once. Outputs
   * return to the buffer after every tile of input features but for the last, to be read again.
   */
  @Override
  public ImmutableList<ArrayTraffic> traffic(long m, long k, long n) {
    long weights = Math.multiplyExact(k, n);
    long macs = Math.multiplyExact(weights, m);
    Moved buffer =
        new Moved(
            weights,
            Words.add(
                Words.product(m, k, ceilDivide(n, columns)),
                Words.product(m, n, 2 * ceilDivide(k, rows) - 1)));
    return ImmutableList.of(new ArrayTraffic(new Moved(weights, Words.add(macs, macs)), buffer));
  }
}
