package dev.partita.runtime;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;

/**
 * An array of samples outside the heap, of any length: buffers of whole rows, in memory or mapped.
 *
 * @param type the element type
 * @param shape the dimensions, the first of which counts the samples
 * @param segments buffers of {@code rowsPerSegment} rows each, the last of what is left
 * @param rowsPerSegment rows in each segment
 */
record RowArray(
    ElementType type,
    ImmutableLongArray shape,
    ImmutableList<ByteBuffer> segments,
    int rowsPerSegment) {

  private static final long SEGMENT_BYTES = 1L << 30;
  private static final long IN_MEMORY_BYTES = 64L << 20;
  private static final int CHUNK_BYTES = 1 << 20;

  int samples() {
    return Math.toIntExact(shape.get(0));
  }

  static long rowBytes(ElementType type, ImmutableLongArray shape) {
    long bytes = type.bytes();
    for (int axis = 1; axis < shape.length(); axis++) {
      bytes = Math.multiplyExact(bytes, shape.get(axis));
    }
    return bytes;
  }

  static RowArray of(Tensor tensor) {
    return new RowArray(
        tensor.type(),
        tensor.shape(),
        ImmutableList.of(tensor.data()),
        Math.toIntExact(Math.max(1, tensor.shape().get(0))));
  }

  /** Maps rows of a file whose layout is that in memory. */
  static RowArray map(FileChannel file, long offset, ElementType type, ImmutableLongArray shape)
      throws IOException {
    long rowBytes = rowBytes(type, shape);
    long rows = shape.get(0);
    long rowsPerSegment = Math.max(1, Math.min(rows, SEGMENT_BYTES / Math.max(1, rowBytes)));
    ImmutableList.Builder<ByteBuffer> segments = ImmutableList.builder();
    for (long row = 0; row < rows; row += rowsPerSegment) {
      long bytes = Math.min(rowsPerSegment, rows - row) * rowBytes;
      segments.add(
          file.map(FileChannel.MapMode.READ_ONLY, offset + row * rowBytes, bytes)
              .order(ByteOrder.nativeOrder()));
    }
    return new RowArray(type, shape, segments.build(), Math.toIntExact(rowsPerSegment));
  }

  /**
   * Reads rows from a stream: into memory, or into a temporary file that is then mapped where they
   * are many.
   *
   * @param fix applied to each chunk of bytes (whole elements) before it is stored
   */
  static RowArray read(
      InputStream in, ElementType type, ImmutableLongArray shape, Consumer<ByteBuffer> fix)
      throws IOException {
    long bytes = Math.multiplyExact(rowBytes(type, shape), shape.get(0));
    if (bytes <= IN_MEMORY_BYTES) {
      Tensor tensor = Tensor.allocate(type, shape.toArray());
      ByteBuffer target = tensor.data();
      copy(in, bytes, fix, target::put);
      return of(tensor);
    }
    Path spill = Files.createTempFile("partita", ".rows");
    try (FileChannel channel =
        FileChannel.open(
            spill,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE)) {
      copy(
          in,
          bytes,
          fix,
          chunk -> {
            while (chunk.hasRemaining()) {
              channel.write(chunk);
            }
          });
      return map(channel, 0, type, shape);
    }
  }

  /** The same numbers, which are doubles here, as floats. */
  RowArray toFloats() throws IOException {
    RowArray doubles = this;
    long bytes = Math.multiplyExact(rowBytes(ElementType.FLOAT, shape), shape.get(0));
    try (InputStream in =
        new InputStream() {
          private long at;

          @Override
          public int read() {
            throw new UnsupportedOperationException("floats are read in chunks");
          }

          @Override
          public int read(byte[] target, int from, int count) {
            int floats = (int) Math.min(count, bytes - at) / Float.BYTES;
            ByteBuffer view = ByteBuffer.wrap(target, from, count).order(ByteOrder.nativeOrder());
            for (int i = 0; i < floats; i++) {
              view.putFloat((float) doubles.doubleAt(at / Float.BYTES + i));
            }
            at += (long) floats * Float.BYTES;
            return floats == 0 ? -1 : floats * Float.BYTES;
          }
        }) {
      return read(in, ElementType.FLOAT, shape, chunk -> {});
    }
  }

  /** An element of doubles, counted over all samples. */
  private double doubleAt(long element) {
    long perSegment = rowsPerSegment * elementsPerRow();
    return segments
        .get((int) (element / perSegment))
        .getDouble((int) (element % perSegment) * Double.BYTES);
  }

  private interface Sink {
    void accept(ByteBuffer chunk) throws IOException;
  }

  private static void copy(InputStream in, long bytes, Consumer<ByteBuffer> fix, Sink sink)
      throws IOException {
    byte[] chunk = new byte[CHUNK_BYTES];
    long left = bytes;
    while (left > 0) {
      int wanted = (int) Math.min(left, chunk.length);
      if (in.readNBytes(chunk, 0, wanted) < wanted) {
        throw new EOFException();
      }
      ByteBuffer view = ByteBuffer.wrap(chunk, 0, wanted);
      fix.accept(view.duplicate());
      sink.accept(view);
      left -= wanted;
    }
  }

  /** Copies rows {@code from} to {@code from + count} to {@code target} at byte {@code at}. */
  void copyRows(int from, int count, ByteBuffer target, int at) {
    int rowBytes = Math.toIntExact(rowBytes(type, shape));
    int row = from;
    int position = at;
    while (row < from + count) {
      int inSegment = row % rowsPerSegment;
      int rows = Math.min(from + count - row, rowsPerSegment - inSegment);
      ByteBuffer segment = segments.get(row / rowsPerSegment);
      target.put(position, segment, inSegment * rowBytes, rows * rowBytes);
      row += rows;
      position += rows * rowBytes;
    }
  }

  /** The first row that holds NaN, or -1. */
  int firstNanRow() {
    long first = firstNan();
    return first < 0 ? -1 : (int) (first / elementsPerRow());
  }

  /** Elements of a sample. */
  long elementsPerRow() {
    return rowBytes(type, shape) / type.bytes();
  }

  /** The first NaN, counted over all samples; -1 where there is none. */
  long firstNan() {
    if (!type.isFloating()) {
      return -1;
    }
    for (int s = 0; s < segments.size(); s++) {
      ByteBuffer segment = segments.get(s).duplicate().order(ByteOrder.nativeOrder());
      int elements = segment.capacity() / type.bytes();
      for (int i = 0; i < elements; i++) {
        if (isNan(segment, i)) {
          return (long) s * rowsPerSegment * elementsPerRow() + i;
        }
      }
    }
    return -1;
  }

  private boolean isNan(ByteBuffer segment, int index) {
    return type == ElementType.FLOAT
        ? Float.isNaN(segment.getFloat(index * Float.BYTES))
        : Double.isNaN(type.read(segment, index * type.bytes()));
  }
}
