package dev.partita.dense.find;

import dev.partita.model.OnnxModel;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The weight of a dense layer, seen as numbers {@code W[in, out]} however it is stored. Reads go
 * straight to the mapped file; safe for use by several threads.
 */
public final class WeightMatrix {

  private final ConstantSource source;
  private final StoredRows rows;
  private final @Nullable PackedWeight packed;
  private final int in;
  private final int out;
  private final boolean transposed;

  private WeightMatrix(
      ConstantSource source,
      StoredRows rows,
      @Nullable PackedWeight packed,
      int in,
      int out,
      boolean transposed) {
    this.source = source;
    this.rows = rows;
    this.packed = packed;
    this.in = in;
    this.out = out;
    this.transposed = transposed;
  }

  /** The matrix of an operand for which {@link #holdsMatrix}. */
  public static WeightMatrix of(OnnxModel model, ConstantSource source, Operands operands) {
    int first = operands.matrixAxis(source.rank());
    int rows = Math.toIntExact(source.dim(first));
    int columns = Math.toIntExact(source.dim(first + 1));
    // The operand may be a transposed view of the tensor.
    boolean swapped =
        source.order().get(first) > source.order().get(first + 1) && rows != 1 && columns != 1;
    return new WeightMatrix(
        source,
        new DecodedRows(model, source, swapped ? rows : columns, swapped ? first + 1 : first),
        /* packed= */ null,
        operands.outFirst() ? columns : rows,
        operands.outFirst() ? rows : columns,
        operands.outFirst() != swapped);
  }

  /** The matrix of a weight whose numbers share bytes, scales and zero points. */
  static WeightMatrix of(OnnxModel model, PackedWeight packed) {
    return new WeightMatrix(
        packed.elements(),
        new PackedRows(model, packed),
        packed,
        packed.in(),
        packed.out(),
        /* transposed= */ true);
  }

  /** Whether an operand has a matrix where the node wants one, every other axis being 1. */
  static boolean holdsMatrix(ConstantSource source, Operands operands) {
    int first = operands.matrixAxis(source.rank());
    return first >= 0
        && IntStream.range(0, source.rank())
            .allMatch(
                axis ->
                    (axis == first || axis == first + 1)
                        ? (source.dim(axis) >= 1 && source.dim(axis) <= Integer.MAX_VALUE)
                        : source.dim(axis) == 1);
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

  /** Where the numbers come from. */
  public ConstantSource source() {
    return source;
  }

  /** How the numbers share bytes, scales and zero points; null where each has its own element. */
  public @Nullable PackedWeight packed() {
    return packed;
  }

  /** How many consecutive inputs, from a multiple of this on, cannot be separated. */
  public int granule() {
    return packed == null ? 1 : Math.min(packed.blockSize(), in);
  }

  /** Copies stored rows from {@code first} on into a row-major buffer. */
  public void readStored(int first, int count, float[] into) {
    rows.read(first, count, into);
  }

  /**
   * Copies part of a stored row.
   *
   * @param firstColumn from here on as many as {@code into} holds
   */
  public void readStoredRun(int row, int firstColumn, float[] into) {
    rows.readRun(row, firstColumn, into);
  }

  /** One number by its stored row and column: for few that lie far apart. */
  public float stored(int row, int column) {
    return rows.get(row, column);
  }

  /** Of two, what belongs to the rows as stored: that of the inputs, or of the outputs. */
  public <T> T ofRows(T ofInputs, T ofOutputs) {
    return transposed ? ofOutputs : ofInputs;
  }

  /** Of two, what belongs to the columns as stored. */
  public <T> T ofColumns(T ofInputs, T ofOutputs) {
    return transposed ? ofInputs : ofOutputs;
  }

  /**
   * A block as {@code [ins, outs]}, however the whole is stored.
   *
   * @param ins indices of input features
   * @param outs indices of output features
   */
  public Matrix block(int[] ins, int[] outs) {
    int[] rows = ofRows(ins, outs);
    int[] columns = ofColumns(ins, outs);
    float[] block = new float[Math.multiplyExact(rows.length, columns.length)];
    float[] row = new float[storedColumns()];
    int at = 0;
    for (int r : rows) {
      readStored(r, 1, row);
      for (int c : columns) {
        block[at++] = row[c];
      }
    }
    Matrix stored = new Matrix(rows.length, columns.length, block);
    return transposed ? stored.transposed() : stored;
  }
}
