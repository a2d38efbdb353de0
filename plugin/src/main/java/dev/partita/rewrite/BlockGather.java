package dev.partita.rewrite;

import dev.partita.dense.WeightMatrix;
import dev.partita.model.Scratch;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.stream.IntStream;

/**
 * Copies a block out of a weight, row by row, into scratch space. Tiles of rows run side by side;
 * each writes to places of its own, so that the result does not depend on how many threads there
 * are.
 */
final class BlockGather {

  /** Rows of a tile: enough to be worth a task, few enough to share a small block. */
  private static final int TILE = 64;

  /** Below this many elements read, one thread is done sooner. */
  private static final long WORTH_SHARING = 1 << 18;

  private BlockGather() {}

  /**
   * The block as stored: float32, row-major {@code [ins, outs]}, or {@code [outs, ins]} when
   * transposed.
   */
  static ByteBuffer gather(WeightMatrix weight, int[] ins, int[] outs, Scratch scratch) {
    int[] rows = weight.transposed() ? outs : ins;
    int[] columns = weight.transposed() ? ins : outs;
    ByteBuffer bytes = scratch.allocate((long) Float.BYTES * rows.length * columns.length);
    FloatBuffer block = bytes.asFloatBuffer();
    boolean run = isRun(columns);
    IntStream tiles = IntStream.range(0, (rows.length + TILE - 1) / TILE);
    boolean shared = (long) rows.length * weight.storedColumns() >= WORTH_SHARING;
    (shared ? tiles.parallel() : tiles)
        .forEach(
            tile -> {
              float[] row = new float[weight.storedColumns()];
              float[] picked = new float[run ? 0 : columns.length];
              int end = Math.min(rows.length, (tile + 1) * TILE);
              for (int r = tile * TILE; r < end; r++) {
                weight.readStored(rows[r], 1, row);
                int at = r * columns.length;
                if (run) {
                  block.put(at, row, columns[0], columns.length);
                } else {
                  for (int c = 0; c < columns.length; c++) {
                    picked[c] = row[columns[c]];
                  }
                  block.put(at, picked);
                }
              }
            });
    return bytes;
  }

  private static boolean isRun(int[] columns) {
    for (int i = 1; i < columns.length; i++) {
      if (columns[i] != columns[0] + i) {
        return false;
      }
    }
    return columns.length > 0;
  }
}
