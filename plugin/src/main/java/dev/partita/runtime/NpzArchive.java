package dev.partita.runtime;

import com.google.common.io.CountingOutputStream;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes NumPy arrays into one archive, as {@code numpy.savez} does, each of them streamed. Equal
 * arrays in equal order give equal bytes: no time of writing is noted.
 */
public final class NpzArchive implements Closeable {

  /** The earliest time that the format can hold. */
  private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 2, 1, 0, 0);

  /** Elements begin at a multiple of this, as the format asks for. */
  private static final int ALIGNMENT = 64;

  private static final int PREFIX_BYTES = 10;

  private static final int BUFFER_BYTES = 1 << 16;

  private final ZipOutputStream zip;

  private NpzArchive(ZipOutputStream zip) {
    this.zip = zip;
  }

  /** A compressed archive that goes to a stream, which stays open when the archive is closed. */
  public NpzArchive(OutputStream out) {
    this(new ZipOutputStream(new Unclosed(out), StandardCharsets.UTF_8));
  }

  /** An archive in a new file, which replaces an existing one; not compressed. */
  public static NpzArchive in(Path file) throws IOException {
    OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), BUFFER_BYTES);
    ZipOutputStream zip = new ZipOutputStream(out, StandardCharsets.UTF_8);
    zip.setLevel(Deflater.NO_COMPRESSION);
    return new NpzArchive(zip);
  }

  private static final class Unclosed extends FilterOutputStream {
    Unclosed(OutputStream out) {
      super(out);
    }

    // The one inherited goes byte by byte.
    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      out.write(bytes, from, count);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }

  /** The types that can be written, little-endian. */
  public enum Type {
    UINT8("|u1", 1),
    INT32("<i4", Integer.BYTES);

    private final String code;
    private final int bytes;

    Type(String code, int bytes) {
      this.code = code;
      this.bytes = bytes;
    }
  }

  /** The elements of an array. */
  @FunctionalInterface
  public interface Elements {
    /** Writes all of them, row-major. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Adds an array.
   *
   * @param name its key; none that is there already
   * @throws IllegalArgumentException if there are more or fewer bytes of elements than the shape
   *     and type say
   */
  public void array(String name, Type type, List<Long> shape, Elements elements)
      throws IOException {
    begin(name, type.code, shape);
    CountingOutputStream counted = new CountingOutputStream(zip);
    elements.writeTo(counted);
    long expected = shape.stream().reduce((long) type.bytes, Math::multiplyExact);
    if (counted.getCount() != expected) {
      throw new IllegalArgumentException(
          name + " has " + counted.getCount() + " bytes where " + shape + " has " + expected);
    }
    zip.closeEntry();
  }

  /**
   * Adds tensors as one array: joined along the first axis, in every other axis alike.
   *
   * @throws IllegalArgumentException if they are not alike, or there is none
   */
  void array(String name, List<Tensor> parts) throws IOException {
    Tensor first = parts.get(0);
    List<Long> shape = new ArrayList<>(first.shape().asList());
    for (Tensor part : parts.subList(1, parts.size())) {
      boolean alike =
          part.type() == first.type()
              && part.rank() == first.rank()
              && part.rank() > 0
              && part.shape()
                  .subArray(1, part.rank())
                  .equals(first.shape().subArray(1, first.rank()));
      if (!alike) {
        throw new IllegalArgumentException(
            "\"%s\" comes in shapes %s and %s, which are not one array"
                .formatted(name, first.shape(), part.shape()));
      }
      shape.set(0, shape.get(0) + part.shape().get(0));
    }
    array(name, first.type(), ImmutableLongArray.copyOf(shape), parts.iterator());
  }

  /**
   * Adds an array that comes in pieces.
   *
   * @param shape of the whole
   * @param pieces its elements in row-major order, as tensors of that type
   * @throws IllegalArgumentException where the pieces do not make up the whole
   */
  public void array(
      String name, ElementType type, ImmutableLongArray shape, Iterator<Tensor> pieces)
      throws IOException {
    begin(name, typeCode(type), shape.asList());
    // Not closed: the archive goes on.
    WritableByteChannel channel = Channels.newChannel(zip);
    long left = shape.stream().reduce(type.bytes(), Math::multiplyExact);
    while (pieces.hasNext()) {
      Tensor piece = pieces.next();
      ByteBuffer bytes = piece.data();
      left -= bytes.remaining();
      if (piece.type() != type || left < 0) {
        throw new IllegalArgumentException(
            "A piece of %s %s does not fit into array \"%s\" of %s %s."
                .formatted(piece.type(), piece.shape(), name, type, shape));
      }
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }
    if (left > 0) {
      throw new IllegalArgumentException("Array \"%s\" is cut short.".formatted(name));
    }
    zip.closeEntry();
  }

  private void begin(String name, String code, List<Long> shape) throws IOException {
    ZipEntry entry = new ZipEntry(name + ".npy");
    entry.setTimeLocal(NO_TIME);
    zip.putNextEntry(entry);
    zip.write(header(code, shape));
  }

  /** As NumPy writes it on this machine. */
  private static String typeCode(ElementType type) {
    boolean orderless = type.bytes() == 1 || type == ElementType.BFLOAT16;
    String order = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? "<" : ">";
    return (orderless ? "|" : order) + type.numpyCode();
  }

  /** Adds an array of one axis. */
  public void array(String name, int[] values) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(values.length, Integer.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(values);
    array(name, Type.INT32, List.of((long) values.length), out -> out.write(bytes.array()));
  }

  /** Adds a text in UTF-8 as an array of bytes: an archive has no other place for it. */
  public void text(String name, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    array(name, Type.UINT8, List.of((long) bytes.length), out -> out.write(bytes));
  }

  private static byte[] header(String code, List<Long> shape) {
    String dims = shape.stream().map(dim -> dim + ",").collect(Collectors.joining(" "));
    String text = "{'descr': '" + code + "', 'fortran_order': False, 'shape': (" + dims + "), }";
    // One byte more, because a line feed ends it.
    int blocks = (PREFIX_BYTES + text.length() + ALIGNMENT) / ALIGNMENT;
    int length = blocks * ALIGNMENT - PREFIX_BYTES;
    ByteBuffer header = ByteBuffer.allocate(PREFIX_BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
    header.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
    header.put((byte) 1).put((byte) 0).putShort((short) length);
    header.put(text.getBytes(StandardCharsets.US_ASCII));
    while (header.remaining() > 1) {
      header.put((byte) ' ');
    }
    return header.put((byte) '\n').array();
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
