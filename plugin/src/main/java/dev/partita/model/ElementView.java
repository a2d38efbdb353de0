package dev.partita.model;

import com.google.common.collect.ImmutableList;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Read-only view of the elements of a tensor, in row-major order, as they are stored or as numbers.
 * Nothing is copied before it is read; safe for use by several threads.
 */
public final class ElementView {

  /** A mapping ends at 2 GiB, so that long tensors are seen through several. */
  private static final long CHUNK_BYTES = 1L << 30;

  private final ImmutableList<ByteBuffer> chunks;
  private final ElementType format;
  private final long chunkElements;
  private final long size;

  private ElementView(ImmutableList<ByteBuffer> chunks, ElementType format, long size) {
    this.chunks = chunks;
    this.format = format;
    this.chunkElements = CHUNK_BYTES / format.bytes();
    this.size = size;
  }

  static ElementView of(ByteBuffer littleEndian, ElementType format) {
    ByteBuffer ordered = littleEndian.slice().order(ByteOrder.LITTLE_ENDIAN);
    long size = ordered.remaining() / format.bytes();
    ImmutableList.Builder<ByteBuffer> chunks = ImmutableList.builder();
    for (long start = 0; start < ordered.limit(); start += CHUNK_BYTES) {
      int bytes = (int) Math.min(CHUNK_BYTES, ordered.limit() - start);
      chunks.add(ordered.slice((int) start, bytes).order(ByteOrder.LITTLE_ENDIAN));
    }
    return new ElementView(chunks.build(), format, size);
  }

  static ElementView mapped(ExternalData data, ElementType format) {
    ImmutableList.Builder<ByteBuffer> chunks = ImmutableList.builder();
    for (long start = 0; start < data.length(); start += CHUNK_BYTES) {
      long bytes = Math.min(CHUNK_BYTES, data.length() - start);
      chunks.add(MappedRange.map(data.file(), data.offset() + start, bytes));
    }
    return new ElementView(chunks.build(), format, data.length() / format.bytes());
  }

  /** The number of elements. */
  public long size() {
    return size;
  }

  /** How an element is stored. */
  public ElementType format() {
    return format;
  }

  /** One element as a number. */
  public float get(long index) {
    return format.readFloat(chunk(index), inChunk(index));
  }

  /** One element of a format without fractions. */
  public long getLong(long index) {
    return format == ElementType.INT64
        ? chunk(index).getLong(inChunk(index))
        : (long) format.read(chunk(index), inChunk(index));
  }

  private ByteBuffer chunk(long index) {
    return chunks.get((int) (index / chunkElements));
  }

  private int inChunk(long index) {
    return (int) (index % chunkElements) * format.bytes();
  }

  /**
   * Reads a run of elements as numbers.
   *
   * @param from index of the first
   * @param into receives them from {@code at} on
   * @param count how many
   */
  public void read(long from, float[] into, int at, int count) {
    long position = from;
    int done = 0;
    while (done < count) {
      int run = (int) Math.min(count - done, chunkElements - position % chunkElements);
      format.read(slice(position, run), into, at + done, run);
      done += run;
      position += run;
    }
  }

  /**
   * Copies a run of elements as they are stored.
   *
   * @param from index of the first
   * @param into receives the bytes at its position
   * @param count how many
   */
  public void copy(long from, int count, ByteBuffer into) {
    long position = from;
    int done = 0;
    while (done < count) {
      int run = (int) Math.min(count - done, chunkElements - position % chunkElements);
      into.put(slice(position, run));
      done += run;
      position += run;
    }
  }

  /** A buffer of its own for each call: positions are not shared between threads. */
  private ByteBuffer slice(long position, int run) {
    return chunk(position)
        .slice(inChunk(position), run * format.bytes())
        .order(ByteOrder.LITTLE_ENDIAN);
  }
}
