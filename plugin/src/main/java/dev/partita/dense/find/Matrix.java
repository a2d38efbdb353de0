package dev.partita.dense.find;

import java.util.Arrays;

/**
 * A matrix of numbers.
 *
 * @param values row by row; not copied, and not changed by what is made here
 */
public record Matrix(int rows, int columns, float[] values) {

  public Matrix {
    if (values.length != Math.multiplyExact(rows, columns)) {
      throw new IllegalArgumentException(
          values.length + " numbers do not fill a matrix of " + rows + " x " + columns);
    }
  }

  /** The same with rows and columns exchanged. */
  public Matrix transposed() {
    float[] result = new float[values.length];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        result[c * rows + r] = values[r * columns + c];
      }
    }
    return new Matrix(columns, rows, result);
  }

  /** Every number times a factor. */
  public Matrix times(float factor) {
    float[] scaled = values.clone();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= factor;
    }
    return new Matrix(rows, columns, scaled);
  }

  /** Some rows, in the order given. */
  public Matrix rows(int[] which) {
    float[] some = new float[Math.multiplyExact(which.length, columns)];
    for (int i = 0; i < which.length; i++) {
      System.arraycopy(values, which[i] * columns, some, i * columns, columns);
    }
    return new Matrix(which.length, columns, some);
  }

  /** Some columns, in the order given. */
  public Matrix columns(int[] which) {
    float[] some = new float[Math.multiplyExact(rows, which.length)];
    for (int r = 0; r < rows; r++) {
      for (int i = 0; i < which.length; i++) {
        some[r * which.length + i] = values[r * columns + which[i]];
      }
    }
    return new Matrix(rows, which.length, some);
  }

  /** The same with other rows at some places: what {@link #rows} takes, put back. */
  public Matrix withRows(int[] places, Matrix others) {
    float[] changed = values.clone();
    for (int i = 0; i < places.length; i++) {
      System.arraycopy(others.values, i * columns, changed, places[i] * columns, columns);
    }
    return new Matrix(rows, columns, changed);
  }

  /** The same with other columns at some places: what {@link #columns} takes, put back. */
  public Matrix withColumns(int[] places, Matrix others) {
    float[] changed = values.clone();
    for (int r = 0; r < rows; r++) {
      for (int i = 0; i < places.length; i++) {
        changed[r * columns + places[i]] = others.values[r * others.columns + i];
      }
    }
    return new Matrix(rows, columns, changed);
  }

  /** The same with the rows of another one behind its own. */
  public Matrix above(Matrix more) {
    float[] all = Arrays.copyOf(values, values.length + more.values.length);
    System.arraycopy(more.values, 0, all, values.length, more.values.length);
    return new Matrix(rows + more.rows, columns, all);
  }
}
