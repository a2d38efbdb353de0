package dev.partita.model;

import com.google.common.collect.ImmutableList;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Read-only view of the elements of a float32 tensor, in row-major order. Nothing is copied before
 * it is read; safe for use by several threads.
 */
public final class FloatView {

  /** A buffer ends at 2 GiB, so that long tensors are seen through several. */
  private static final long CHUNK_FLOATS = 1L << 28;

  private final ImmutableList<ByteBuffer> chunks;
  private final List<Float> boxed;
  private final long size;

  private FloatView(ImmutableList<ByteBuffer> chunks, List<Float> boxed, long size) {
    this.chunks = chunks;
    this.boxed = boxed;
    this.size = size;
  }

  static FloatView of(ByteBuffer littleEndian) {
    long size = littleEndian.remaining() / 4;
    ImmutableList.Builder<ByteBuffer> chunks = ImmutableList.builder();
    for (long start = 0; start < size; start += CHUNK_FLOATS) {
      int count = (int) Math.min(CHUNK_FLOATS, size - start);
      int at = littleEndian.position() + Math.toIntExact(4 * start);
      chunks.add(littleEndian.slice(at, 4 * count).order(ByteOrder.LITTLE_ENDIAN));
    }
    return new FloatView(chunks.build(), List.of(), size);
  }

  static FloatView of(List<Float> values) {
    return new FloatView(ImmutableList.of(), values, values.size());
  }

  static FloatView mapped(ExternalData data) {
    long size = data.length() / 4;
    ImmutableList.Builder<ByteBuffer> chunks = ImmutableList.builder();
    for (long start = 0; start < size; start += CHUNK_FLOATS) {
      long count = Math.min(CHUNK_FLOATS, size - start);
      chunks.add(MappedRange.map(data.file(), data.offset() + 4 * start, 4 * count));
    }
    return new FloatView(chunks.build(), List.of(), size);
  }

  /** The number of elements. */
  public long size() {
    return size;
  }

  /** One element. */
  public float get(long index) {
    if (chunks.isEmpty()) {
      return boxed.get(Math.toIntExact(index));
    }
    return chunks.get((int) (index / CHUNK_FLOATS)).getFloat((int) (index % CHUNK_FLOATS) * 4);
  }

  /**
   * Copies a run of elements.
   *
   * @param from index of the first
   * @param into receives them from {@code at} on
   * @param count how many
   */
  public void read(long from, float[] into, int at, int count) {
    if (chunks.isEmpty()) {
      for (int i = 0; i < count; i++) {
        into[at + i] = boxed.get(Math.toIntExact(from + i));
      }
      return;
    }
    long position = from;
    int done = 0;
    while (done < count) {
      ByteBuffer chunk = chunks.get((int) (position / CHUNK_FLOATS));
      int inChunk = (int) (position % CHUNK_FLOATS);
      int run = (int) Math.min(count - done, CHUNK_FLOATS - inChunk);
      chunk
          .slice(inChunk * 4, run * 4)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .get(into, at + done, run);
      done += run;
      position += run;
    }
  }
}
