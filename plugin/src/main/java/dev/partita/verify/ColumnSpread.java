package dev.partita.verify;

import java.util.Arrays;

/**
 * What share of each column's variance remains explained: 1 minus the squared differences over the
 * squared distances from the column's mean, both of the same rows. An original and a candidate that
 * always answers the mean get 0.
 */
final class ColumnSpread {

  /** Up to so many columns each one has to hold; beyond, their mean. */
  static final int MOST_HELD_ONE_BY_ONE = 16;

  /** A column that varies by less than this share of its size is constant but for rounding. */
  private static final double CONSTANT = 1e-6;

  private double[] shift = new double[0];
  private double[] sums = new double[0];
  private double[] squares = new double[0];
  private double[] differences = new double[0];
  private long[] counts = new long[0];

  /** Makes room; columns that come later begin empty. */
  void columns(int columns) {
    if (columns > shift.length) {
      shift = Arrays.copyOf(shift, columns);
      sums = Arrays.copyOf(sums, columns);
      squares = Arrays.copyOf(squares, columns);
      differences = Arrays.copyOf(differences, columns);
      counts = Arrays.copyOf(counts, columns);
    }
  }

  /** Adds a pair of finite numbers. */
  void add(int column, double reference, double candidate) {
    if (counts[column]++ == 0) {
      // Sums about a typical value keep their digits where the mean is far from 0.
      shift[column] = reference;
    }
    double moved = reference - shift[column];
    sums[column] += moved;
    squares[column] += moved * moved;
    differences[column] += (reference - candidate) * (reference - candidate);
  }

  /**
   * The share of the column that holds least, up to {@link #MOST_HELD_ONE_BY_ONE} columns; beyond,
   * the mean of all. Columns that are constant are left out; NaN where all are.
   */
  double explained() {
    if (counts.length > MOST_HELD_ONE_BY_ONE) {
      return mean();
    }
    double least = Double.POSITIVE_INFINITY;
    for (int column = 0; column < counts.length; column++) {
      if (!isConstant(column)) {
        least = Math.min(least, 1 - differences[column] / variance(column));
      }
    }
    return least == Double.POSITIVE_INFINITY ? Double.NaN : least;
  }

  /** The mean share over the columns that vary; NaN where none does. */
  double mean() {
    double sum = 0;
    int varying = 0;
    for (int column = 0; column < counts.length; column++) {
      if (!isConstant(column)) {
        sum += 1 - differences[column] / variance(column);
        varying++;
      }
    }
    return varying == 0 ? Double.NaN : sum / varying;
  }

  private boolean isConstant(int column) {
    double size = Math.abs(counts[column] == 0 ? 0 : shift[column] + sums[column] / counts[column]);
    double bound = CONSTANT * size;
    return counts[column] < 2 || variance(column) <= bound * bound * counts[column];
  }

  /** The sum of squared distances from the mean. */
  private double variance(int column) {
    return squares[column] - sums[column] * sums[column] / counts[column];
  }
}
