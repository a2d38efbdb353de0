package dev.partita.verify;

/**
 * How the numbers of a row lie: {@code [outer, columns, inner]}, row-major. Each pair of an outer
 * and an inner place is a position, which has a number in every column.
 *
 * @param outer places before the axis of the columns
 * @param columns classes or columns
 * @param inner places after it
 */
record RowLayout(int outer, int columns, int inner) {

  /**
   * The layout of a row.
   *
   * @param shape of the row
   * @param axis of the columns in it; -1 for one column
   */
  static RowLayout of(long[] shape, int axis) {
    int outer = 1;
    int columns = 1;
    int inner = 1;
    for (int i = 0; i < shape.length; i++) {
      int size = Math.toIntExact(shape[i]);
      if (i == axis) {
        columns = size;
      } else if (i < axis || axis < 0) {
        outer *= size;
      } else {
        inner *= size;
      }
    }
    return new RowLayout(outer, columns, inner);
  }

  int positions() {
    return outer * inner;
  }

  /** Where the first column's number of a position is; those of the others follow by steps. */
  int first(int position) {
    return position / inner * columns * inner + position % inner;
  }

  int column(int element) {
    return element / inner % columns;
  }
}
