package dev.partita.run;

/** A matrix as a grid of few cells, each the mean magnitude of the numbers that fall into it. */
final class MagnitudeGrid {

  private final int rows;
  private final int columns;
  private final int height;
  private final int width;
  private final double[] sums;

  /**
   * An empty grid for a matrix.
   *
   * @param side the most cells in either direction; a smaller matrix has a cell for each number
   */
  MagnitudeGrid(int rows, int columns, int side) {
    this.rows = rows;
    this.columns = columns;
    this.height = Math.min(rows, side);
    this.width = Math.min(columns, side);
    this.sums = new double[height * width];
  }

  int height() {
    return height;
  }

  int width() {
    return width;
  }

  void add(int row, int column, float number) {
    int y = (int) ((long) row * height / rows);
    int x = (int) ((long) column * width / columns);
    sums[y * width + x] += Math.abs(number);
  }

  /** Row by row. */
  double[] means() {
    double[] means = new double[sums.length];
    for (int y = 0; y < height; y++) {
      long down = first(y + 1, rows, height) - first(y, rows, height);
      for (int x = 0; x < width; x++) {
        long across = first(x + 1, columns, width) - first(x, columns, width);
        means[y * width + x] = sums[y * width + x] / (down * across);
      }
    }
    return means;
  }

  /** The first index that falls into a cell or a later one. */
  private static long first(int cell, int size, int cells) {
    return ((long) cell * size + cells - 1) / cells;
  }
}
