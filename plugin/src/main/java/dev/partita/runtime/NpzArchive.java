package dev.partita.runtime;

import com.google.common.io.CountingOutputStream;
import java.io.Closeable;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes NumPy arrays into one compressed archive, as {@code numpy.savez_compressed} does, each of
 * them streamed. Equal arrays in equal order give equal bytes: no time of writing is noted.
 */
public final class NpzArchive implements Closeable {

  /** The earliest time that the format can hold. */
  private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 2, 1, 0, 0);

  /** Elements begin at a multiple of this, as the format asks for. */
  private static final int ALIGNMENT = 64;

  private static final int PREFIX_BYTES = 10;

  private final ZipOutputStream zip;

  /** An archive that goes to a stream, which stays open when the archive is closed. */
  public NpzArchive(OutputStream out) {
    this.zip = new ZipOutputStream(new Unclosed(out), StandardCharsets.UTF_8);
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
    ZipEntry entry = new ZipEntry(name + ".npy");
    entry.setTimeLocal(NO_TIME);
    zip.putNextEntry(entry);
    zip.write(header(type.code, shape));
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
    ZipEntry entry = new ZipEntry(name + ".npy");
    entry.setTimeLocal(NO_TIME);
    zip.putNextEntry(entry);
    zip.write(header(typeCode(first.type()), shape));
    // Not closed: the archive goes on.
    WritableByteChannel channel = Channels.newChannel(zip);
    for (Tensor part : parts) {
      ByteBuffer data = part.data();
      while (data.hasRemaining()) {
        channel.write(data);
      }
    }
    zip.closeEntry();
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
