package dev.partita.accelerator;

import static dev.partita.accelerator.Decimals.ceilDivide;

import com.google.common.collect.ImmutableList;

/**
 * A systolic array of {@code R x C} multipliers in which outputs stay in place, on a product of
 * {@code M x K x N}. Cycles are those of SCALE-Sim v3, equal on all its simulated cases; words at
 * the array's edges are what the geometry demands.
 *
 * @param rows R
 * @param columns C
 */
record OutputStationaryArray(long rows, long columns) implements ArrayModel {

  /**
   * {@code ceil(M/R) * ceil(N/C) * (K + R + C - 2) - 1}: a tile of outputs stays while K steps of
   * inputs and weights run past it, skewed by the array's sides.
   */
  @Override
  public long cycles(long m, long k, long n) {
    long tiles = Math.multiplyExact(ceilDivide(m, rows), ceilDivide(n, columns));
    return Math.multiplyExact(tiles, Math.addExact(k, rows + columns - 2)) - 1;
  }

  /**
   * Each MAC takes an input and a weight from its neighbours; an output leaves once. The buffer
   * feeds weights for every tile of rows and inputs for every tile of columns.
   */
  @Override
  public ImmutableList<ArrayTraffic> traffic(long m, long k, long n) {
    long outputs = Math.multiplyExact(m, n);
    long macs = Math.multiplyExact(outputs, k);
    Moved buffer =
        new Moved(
            Words.product(k, n, ceilDivide(m, rows)),
            Words.add(Words.product(m, k, ceilDivide(n, columns)), outputs));
    return ImmutableList.of(new ArrayTraffic(new Moved(macs, Words.add(macs, outputs)), buffer));
  }
}
