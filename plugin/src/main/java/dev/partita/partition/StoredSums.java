package dev.partita.partition;

import dev.partita.dense.find.WeightMatrix;
import dev.partita.workers.Workers;
import java.util.stream.IntStream;

/**
 * Sums of {@code |weight| * row factor * column factor} by the owners of rows or of columns, as a
 * weight is stored. Every sum is one pass over the file in tiles whose number does not depend on
 * the threads, so that sums do not either.
 */
final class StoredSums {

  private static final int TILES = 16;

  /** Rows that are summed side by side, so that the places of columns are looked up once. */
  private static final int SIDE = 4;

  /** Elements of one cache line, from which on reading all is no slower; and a little. */
  private static final int FAR_APART = 32;

  private final WeightMatrix weight;
  private final float[] rowFactor;
  private final float[] columnFactor;
  private final int rows;
  private final int columns;
  private final Workers workers;

  StoredSums(WeightMatrix weight, float[] rowFactor, float[] columnFactor, Workers workers) {
    this.weight = weight;
    this.rowFactor = rowFactor;
    this.columnFactor = columnFactor;
    this.rows = weight.storedRows();
    this.columns = weight.storedColumns();
    this.workers = workers;
  }

  /** {@code [rows * owners]}: what each row has in the columns of each owner. */
  double[] byRow(int[] columnOwners, int owners) {
    int[] start = new int[owners + 1];
    for (int owner : columnOwners) {
      start[owner + 1]++;
    }
    for (int p = 0; p < owners; p++) {
      start[p + 1] += start[p];
    }
    int[] at = start.clone();
    int[] order = new int[columns];
    float[] factor = new float[columns];
    for (int c = 0; c < columns; c++) {
      int place = at[columnOwners[c]]++;
      order[place] = c;
      factor[place] = columnFactor[c];
    }
    double[] sums = new double[rows * owners];
    readSideBySide(
        (first, count, side) -> {
          double[] four = new double[SIDE];
          for (int p = 0; p < owners; p++) {
            gather(side, order, factor, start[p], start[p + 1], four);
            for (int i = 0; i < count; i++) {
              sums[(first + i) * owners + p] = four[i] * rowFactor[first + i];
            }
          }
        });
    return sums;
  }

  private void gather(float[] side, int[] order, float[] factor, int from, int end, double[] four) {
    double sum0 = 0;
    double sum1 = 0;
    double sum2 = 0;
    double sum3 = 0;
    for (int i = from; i < end; i++) {
      int c = order[i] * SIDE;
      double f = factor[i];
      sum0 += side[c] * f;
      sum1 += side[c + 1] * f;
      sum2 += side[c + 2] * f;
      sum3 += side[c + 3] * f;
    }
    four[0] = sum0;
    four[1] = sum1;
    four[2] = sum2;
    four[3] = sum3;
  }

  /** {@code [columns * owners]}: what each column has in the rows of each owner. */
  double[] byColumn(int[] rowOwners, int owners) {
    int[] all = IntStream.range(0, rows).toArray();
    double[] sums = new double[columns * owners];
    addRows(all, null, rowOwners, owners, sums);
    return sums;
  }

  /**
   * Brings {@link #byColumn} up to date: reads the rows whose owners have changed and no others.
   */
  void moveRows(int[] before, int[] after, int owners, double[] sums) {
    int[] moved = moved(before, after);
    addRows(moved, before, after, owners, sums);
  }

  /** The places where two assignments differ. */
  static int[] moved(int[] before, int[] after) {
    return IntStream.range(0, before.length).filter(i -> before[i] != after[i]).toArray();
  }

  /** Brings {@link #byRow} up to date: sums those columns whose owners have changed. */
  void moveColumns(int[] before, int[] after, int owners, double[] sums) {
    int[] moved = moved(before, after);
    // Few columns are read one by one, past all that lies between them.
    boolean few = moved.length < columns / FAR_APART;
    workers.forEach(
        Math.min(TILES, rows),
        tile -> {
          float[] row = new float[few ? 0 : columns];
          for (int r = firstRow(tile); r < firstRow(tile + 1); r++) {
            if (!few) {
              weight.readStored(r, 1, row);
            }
            for (int c : moved) {
              double factor = (double) columnFactor[c] * rowFactor[r];
              double value = Math.abs(few ? weight.stored(r, c) : row[c]) * factor;
              sums[r * owners + before[c]] -= value;
              sums[r * owners + after[c]] += value;
            }
          }
        });
  }

  /** The first row of one of the tiles that all rows are divided in. */
  private int firstRow(int tile) {
    return (int) ((long) rows * tile / Math.min(TILES, rows));
  }

  private void addRows(int[] which, int[] before, int[] after, int owners, double[] sums) {
    int count = Math.min(TILES, which.length);
    double[][] parts = new double[count][];
    workers.forEach(
        count,
        tile -> {
          int first = (int) ((long) which.length * tile / count);
          int end = (int) ((long) which.length * (tile + 1) / count);
          double[] part = new double[owners * columns];
          float[] row = new float[columns];
          for (int i = first; i < end; i++) {
            int r = which[i];
            weight.readStored(r, 1, row);
            add(row, rowFactor[r], part, after[r] * columns);
            if (before != null) {
              add(row, -rowFactor[r], part, before[r] * columns);
            }
          }
          parts[tile] = part;
        });
    for (double[] part : parts) {
      for (int p = 0; p < owners; p++) {
        for (int c = 0; c < columns; c++) {
          sums[c * owners + p] += part[p * columns + c] * columnFactor[c];
        }
      }
    }
  }

  private static void add(float[] row, double factor, double[] into, int at) {
    for (int c = 0; c < row.length; c++) {
      into[at + c] += Math.abs(row[c]) * factor;
    }
  }

  private interface SideBySide {
    /** Some rows: {@code side[column * SIDE + i]} is the magnitude of row {@code first + i}. */
    void rows(int first, int count, float[] side);
  }

  private void readSideBySide(SideBySide visit) {
    workers.forEach(
        Math.min(TILES, rows),
        tile -> {
          int end = firstRow(tile + 1);
          float[] row = new float[columns];
          float[] side = new float[columns * SIDE];
          for (int first = firstRow(tile); first < end; first += SIDE) {
            int height = Math.min(SIDE, end - first);
            for (int i = 0; i < height; i++) {
              weight.readStored(first + i, 1, row);
              for (int c = 0; c < columns; c++) {
                side[c * SIDE + i] = Math.abs(row[c]);
              }
            }
            visit.rows(first, height, side);
          }
        });
  }
}
