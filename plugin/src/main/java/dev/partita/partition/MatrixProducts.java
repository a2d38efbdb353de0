package dev.partita.partition;

/** Products of matrices, by whatever has them fast; safe for use by several threads. */
public interface MatrixProducts {

  /**
   * {@code result = left right}, all row-major.
   *
   * @param left {@code [rows, shared]}
   * @param right {@code [shared, columns]}
   * @param result {@code [rows, columns]}, overwritten
   */
  void multiply(double[] left, double[] right, int rows, int shared, int columns, double[] result);

  /**
   * {@code result = matrix matrix'}, row-major.
   *
   * @param matrix {@code [rows, columns]}
   * @param result {@code [rows, rows]}, overwritten from the diagonal on to the right; what is left
   *     of it is not read
   */
  void gramOfRows(double[] matrix, int rows, int columns, double[] result);
}
