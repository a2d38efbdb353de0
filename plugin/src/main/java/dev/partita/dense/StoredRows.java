package dev.partita.dense;

/**
 * The numbers of a matrix, row by row, however they are stored. Safe for use by several threads.
 */
interface StoredRows {

  /** Reads {@code count} rows from {@code first} on into a row-major buffer. */
  void read(int first, int count, float[] into);

  /** One number: for few that lie far apart. */
  float get(int row, int column);
}
