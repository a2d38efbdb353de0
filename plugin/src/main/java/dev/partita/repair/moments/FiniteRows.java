package dev.partita.repair.moments;

import java.util.Arrays;

/**
 * Leaves out rows that hold infinities or NaN: a mask of minus infinity is a legitimate input, and
 * no sum survives it.
 */
public final class FiniteRows {

  private FiniteRows() {}

  /** Whether all of a row are numbers. */
  static boolean isFinite(double[] values, int row, int columns) {
    for (int i = row * columns; i < (row + 1) * columns; i++) {
      if (!Double.isFinite(values[i])) {
        return false;
      }
    }
    return true;
  }

  /** The rows that are finite in both matrices, in their order. */
  public static int[] of(
      double[] first, int firstColumns, double[] second, int secondColumns, int rows) {
    int[] kept = new int[rows];
    int count = 0;
    for (int row = 0; row < rows; row++) {
      if (isFinite(first, row, firstColumns) && isFinite(second, row, secondColumns)) {
        kept[count++] = row;
      }
    }
    return Arrays.copyOf(kept, count);
  }

  /** Some rows of a matrix; the matrix itself where they are all. */
  public static double[] select(double[] values, int columns, int[] rows) {
    if (rows.length * columns == values.length) {
      return values;
    }
    double[] selected = new double[rows.length * columns];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(values, rows[i] * columns, selected, i * columns, columns);
    }
    return selected;
  }
}
