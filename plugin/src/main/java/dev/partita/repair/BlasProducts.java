package dev.partita.repair;

import dev.partita.partition.MatrixProducts;

/** Products by OpenBLAS, each on the thread that asks for it. */
public enum BlasProducts implements MatrixProducts {
  INSTANCE;

  @Override
  public void multiply(
      float[] left, float[] right, int rows, int shared, int columns, float[] result) {
    if (rows > 0 && shared > 0 && columns > 0) {
      Blas.multiply(left, right, rows, shared, columns, result);
    }
  }

  @Override
  public void gramOfRows(float[] matrix, int rows, int columns, float[] result) {
    if (rows > 0 && columns > 0) {
      Blas.gramOfRows(matrix, rows, columns, result);
    }
  }
}
