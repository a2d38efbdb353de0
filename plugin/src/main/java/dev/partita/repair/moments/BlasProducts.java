package dev.partita.repair.moments;

import dev.partita.partition.MatrixProducts;

/** Products by OpenBLAS, each on the thread that asks for it. */
public enum BlasProducts implements MatrixProducts {
  INSTANCE;

  @Override
  public void multiply(
      double[] left, double[] right, int rows, int shared, int columns, double[] result) {
    if (rows > 0 && shared > 0 && columns > 0) {
      Blas.multiply(left, right, rows, shared, columns, result);
    }
  }

  @Override
  public void gramOfRows(double[] matrix, int rows, int columns, double[] result) {
    if (rows > 0 && columns > 0) {
      Blas.gramOfRows(matrix, rows, columns, result);
    }
  }
}
