package dev.partita.runtime;

import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which rows of a batch's activations count in statistics: not those of padding, nor those of
 * samples that only fill a batch up. Values are taken to have samples first, {@code [B, F]}, {@code
 * [B, L, F]}, {@code [B, H, L, F]} or {@code [B * L, F]}, or {@code [L, B, F]} where the sizes can
 * mean nothing else. Of a value whose axes cannot be told apart all rows count, and a note says so.
 */
public final class RowMask {
  private final int samples;
  private final int counted;
  private final int length;
  private final BitSet positions;
  private final Consumer<String> notes;

  /**
   * A mask.
   *
   * @param samples B, with those that fill the batch up
   * @param counted how many of them, from the first on, count
   * @param length L, positions of a sample; 0 where no position is padding
   * @param positions those that count, {@code [B, L]}
   * @param notes takes the name of each value whose axes are not known
   */
  RowMask(int samples, int counted, int length, BitSet positions, Consumer<String> notes) {
    this.samples = samples;
    this.counted = counted;
    this.length = length;
    this.positions = positions;
    this.notes = notes;
  }

  /** The axes of samples and of positions among those of a value; -1 for none. */
  private record Layout(int sampleAxis, int positionAxis, boolean flat) {
    static final Layout ALL = new Layout(-1, -1, false);
  }

  /** Whether everything counts. */
  public boolean isFull() {
    return counted == samples && length == 0;
  }

  /**
   * The rows of a value that count, in order; null for all.
   *
   * @param axis of the features, from the end; all other axes are rows
   */
  public @Nullable ImmutableIntArray rows(String value, ImmutableLongArray shape, int axis) {
    if (isFull()) {
      return null;
    }
    long[] dims = without(shape.toArray(), shape.length() + axis);
    Layout layout = layout(dims);
    if (layout == null) {
      notes.accept(value);
      return null;
    }
    return layout.equals(Layout.ALL) ? null : ImmutableIntArray.copyOf(kept(dims, layout).stream());
  }

  /**
   * The elements of a value that count; null for all.
   *
   * @param sequenceLast whether the last axis may be that of positions, and not of features
   */
  public @Nullable BitSet elements(String value, ImmutableLongArray shape, boolean sequenceLast) {
    if (isFull() || shape.length() == 0) {
      return null;
    }
    long[] dims = shape.toArray();
    int last = dims.length - 1;
    Layout layout = last == 0 ? layout(dims) : layout(without(dims, last));
    boolean open = layout == null || (layout.positionAxis() < 0 && !layout.flat());
    if (open && length > 0 && last > 0 && dims[0] == samples && dims[last] == length) {
      layout = sequenceLast ? new Layout(0, last, false) : null;
    }
    if (layout == null) {
      notes.accept(value);
      return null;
    }
    return layout.equals(Layout.ALL) ? null : kept(dims, layout);
  }

  private @Nullable Layout layout(long[] dims) {
    if (dims.length == 0) {
      return Layout.ALL;
    }
    long rest = Arrays.stream(dims).skip(1).reduce(1, (a, b) -> a * b);
    if (dims[0] == samples) {
      int found = -1;
      for (int axis = 1; axis < dims.length && length > 0; axis++) {
        if (dims[axis] == length) {
          if (found >= 0) {
            return null;
          }
          found = axis;
        }
      }
      return found >= 0 || length == 0 || rest == 1 ? new Layout(0, found, false) : null;
    }
    if (length > 0) {
      if (dims[0] == (long) samples * length && rest == 1) {
        return new Layout(0, -1, true);
      }
      if (dims.length == 2 && dims[0] == length && dims[1] == samples) {
        return new Layout(1, 0, false);
      }
    } else if (dims[0] % samples == 0) {
      return Arrays.stream(dims).skip(1).anyMatch(dim -> dim == samples)
          ? null
          : new Layout(0, -1, true);
    } else if (dims.length > 1 && dims[1] == samples) {
      return new Layout(1, -1, false);
    }
    // What is computed once for all samples.
    return dims[0] == 1 ? Layout.ALL : null;
  }

  private BitSet kept(long[] dims, Layout layout) {
    int size = Math.toIntExact(Arrays.stream(dims).reduce(1, (a, b) -> a * b));
    BitSet kept = new BitSet(size);
    for (int i = 0; i < size; i++) {
      int at = coordinate(i, dims, layout.sampleAxis());
      boolean counts;
      if (layout.flat()) {
        int each = Math.toIntExact(dims[0] / samples);
        counts = length > 0 ? positions.get(at) : at / each < counted;
      } else if (layout.positionAxis() >= 0) {
        counts = positions.get(at * length + coordinate(i, dims, layout.positionAxis()));
      } else {
        counts = at < counted;
      }
      kept.set(i, counts);
    }
    return kept;
  }

  private static int coordinate(int index, long[] dims, int axis) {
    long stride = Arrays.stream(dims).skip(axis + 1L).reduce(1, (a, b) -> a * b);
    return (int) (index / stride % dims[axis]);
  }

  private static long[] without(long[] dims, int axis) {
    long[] rest = new long[dims.length - 1];
    System.arraycopy(dims, 0, rest, 0, axis);
    System.arraycopy(dims, axis + 1, rest, axis, rest.length - axis);
    return rest;
  }
}
