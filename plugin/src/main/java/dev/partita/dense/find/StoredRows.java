package dev.partita.dense.find;

/**
 * The numbers of a matrix, row by row, however they are stored. Safe for use by several threads.
 */
interface StoredRows {

  /** Reads {@code count} rows from {@code first} on into a row-major buffer. */
  void read(int first, int count, float[] into);

  /** Reads part of a row, from a column on as many numbers as the buffer holds. */
  void readRun(int row, int firstColumn, float[] into);

  /** One number: for few that lie far apart. */
  float get(int row, int column);
}
