package dev.partita.dense;

import dev.partita.model.FloatView;

/**
 * The weight of a dense layer, seen as {@code W[in, out]} however it is stored. Reads go straight
 * to the mapped file; safe for use by several threads.
 */
public final class WeightMatrix {

  private final FloatView values;
  private final int in;
  private final int out;
  private final boolean transposed;

  /**
   * A view of a stored matrix.
   *
   * @param values the elements, row-major: {@code [in, out]}, or {@code [out, in]} when transposed
   */
  public WeightMatrix(FloatView values, int in, int out, boolean transposed) {
    if (values.size() != (long) in * out) {
      throw new IllegalArgumentException(values.size() + " values for " + in + " x " + out);
    }
    this.values = values;
    this.in = in;
    this.out = out;
    this.transposed = transposed;
  }

  /** Input features, K. */
  public int in() {
    return in;
  }

  /** Output features, N. */
  public int out() {
    return out;
  }

  /** Whether the matrix is stored as {@code [out, in]}. */
  public boolean transposed() {
    return transposed;
  }

  /** Rows as stored: input features, or output features when transposed. */
  public int storedRows() {
    return transposed ? out : in;
  }

  /** Columns as stored. */
  public int storedColumns() {
    return transposed ? in : out;
  }

  /** Copies stored rows from {@code first} on into a row-major buffer. */
  public void readStored(int first, int count, float[] into) {
    values.read((long) first * storedColumns(), into, 0, count * storedColumns());
  }

  /**
   * A block in the orientation of the whole: row-major {@code [ins, outs]}, or {@code [outs, ins]}
   * when transposed.
   *
   * @param ins indices of input features
   * @param outs indices of output features
   */
  public float[] storedBlock(int[] ins, int[] outs) {
    int[] rows = transposed ? outs : ins;
    int[] columns = transposed ? ins : outs;
    float[] block = new float[Math.multiplyExact(rows.length, columns.length)];
    float[] row = new float[storedColumns()];
    int at = 0;
    for (int r : rows) {
      readStored(r, 1, row);
      for (int c : columns) {
        block[at++] = row[c];
      }
    }
    return block;
  }

  /** A block as {@code [ins, outs]}, row-major, however the whole is stored. */
  public float[] block(int[] ins, int[] outs) {
    float[] stored = storedBlock(ins, outs);
    return transposed ? transpose(stored, outs.length, ins.length) : stored;
  }

  /** The transpose of a row-major {@code rows x columns} matrix. */
  public static float[] transpose(float[] matrix, int rows, int columns) {
    float[] result = new float[matrix.length];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        result[c * rows + r] = matrix[r * columns + c];
      }
    }
    return result;
  }
}
