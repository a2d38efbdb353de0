package dev.partita.runtime;

import com.google.common.primitives.ImmutableLongArray;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.stream.Collectors;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes an {@code .npz} file array by array, each piece by piece, so that none has to fit in
 * memory. Not compressed.
 */
public final class NpzOutput implements AutoCloseable {

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  private static final int ALIGNMENT = 64;
  private static final int BUFFER_BYTES = 1 << 16;

  private final ZipOutputStream zip;

  /** A new file, in the place of one that is there. */
  public NpzOutput(Path file) throws IOException {
    OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), BUFFER_BYTES);
    this.zip = new ZipOutputStream(out);
    zip.setLevel(Deflater.NO_COMPRESSION);
  }

  /**
   * Writes one array.
   *
   * @param shape of the whole
   * @param pieces its elements in row-major order, as tensors of that type
   * @throws IllegalArgumentException where the pieces do not make up the whole
   */
  public void write(
      String name, ElementType type, ImmutableLongArray shape, Iterator<Tensor> pieces)
      throws IOException {
    zip.putNextEntry(new ZipEntry(name + ".npy"));
    zip.write(header(type, shape));
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

  private static byte[] header(ElementType type, ImmutableLongArray shape) {
    char order =
        type.bytes() == 1 ? '|' : ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? '>' : '<';
    String dimensions =
        shape.stream().mapToObj(each -> each + ",").collect(Collectors.joining(" ", "(", ")"));
    String text =
        "{'descr': '%s%s', 'fortran_order': False, 'shape': %s, }"
            .formatted(order, type.numpyCode(), dimensions);
    int start = MAGIC.length + Short.BYTES;
    int length = (start + text.length() + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    ByteBuffer header = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    header.put(MAGIC).putShort((short) (length - start));
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
