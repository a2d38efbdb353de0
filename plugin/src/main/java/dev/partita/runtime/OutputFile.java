package dev.partita.runtime;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import dev.partita.model.TemporaryFolder;
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
import java.nio.file.StandardCopyOption;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes arrays as {@code numpy.savez} does, uncompressed. */
public final class NpzArchive {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  private static final int HEADER_STEP = 64;
  // The same bytes whenever it is written: the first moment that a zip file can name.
  private static final long TIME = 315_532_800_000L;

  private NpzArchive() {}

  /**
   * Writes a file that is there whole or not at all, in place of one that may be there.
   *
   * @param arrays by name, in the order in which they are written; the parts of each are joined
   *     along the first axis, and agree in type and in the other axes
   * @throws DataException if parts do not agree, or the file cannot be written
   */
  public static void write(Path file, ImmutableListMultimap<String, Tensor> arrays) {
    arrays.asMap().forEach((name, parts) -> requireJoinable(name, ImmutableList.copyOf(parts)));
    Path place = file.toAbsolutePath();
    try (TemporaryFolder folder = TemporaryFolder.in(place.getParent(), ".partita-")) {
      Path partial = folder.path().resolve(place.getFileName());
      try (ZipOutputStream zip =
          new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(partial), 1 << 20))) {
        zip.setLevel(Deflater.NO_COMPRESSION);
        for (String name : arrays.keySet()) {
          ZipEntry entry = new ZipEntry(name + ".npy");
          entry.setTime(TIME);
          zip.putNextEntry(entry);
          write(zip, arrays.get(name));
          zip.closeEntry();
        }
      }
      Files.move(
          partial, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException failure) {
      throw new DataException(
          "%s cannot be written: %s.".formatted(file, failure.getMessage()),
          "Check that the folder is writable and that the disk has room.",
          failure);
    }
  }

  private static void requireJoinable(String name, ImmutableList<Tensor> parts) {
    Tensor first = parts.get(0);
    for (Tensor part : parts.subList(1, parts.size())) {
      boolean fits =
          part.rank() > 0
              && part.rank() == first.rank()
              && part.type() == first.type()
              && part.shape()
                  .subArray(1, part.rank())
                  .equals(first.shape().subArray(1, first.rank()));
      if (!fits) {
        throw new DataException(
            "\"%s\" comes in shapes %s and %s, which are not one array."
                .formatted(name, first.shape(), part.shape()),
            "Run samples of one length at a time.");
      }
    }
  }

  private static void write(OutputStream out, ImmutableList<Tensor> parts) throws IOException {
    out.write(header(parts));
    // Not closed: the archive goes on.
    WritableByteChannel channel = Channels.newChannel(out);
    for (Tensor part : parts) {
      ByteBuffer data = part.data();
      while (data.hasRemaining()) {
        channel.write(data);
      }
    }
  }

  private static byte[] header(ImmutableList<Tensor> parts) {
    Tensor first = parts.get(0);
    StringBuilder shape = new StringBuilder();
    for (int axis = 0; axis < first.rank(); axis++) {
      long size = first.shape().get(axis);
      if (axis == 0) {
        size = parts.stream().mapToLong(part -> part.shape().get(0)).sum();
      }
      shape.append(size).append(',').append(axis + 1 < first.rank() ? " " : "");
    }
    String text =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }"
            .formatted(typeCode(first.type()), shape);
    int prefix = MAGIC.length + Short.BYTES;
    int length = (prefix + text.length() + HEADER_STEP) / HEADER_STEP * HEADER_STEP;
    ByteBuffer header = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    header.put(MAGIC).putShort((short) (length - prefix));
    header.put(text.getBytes(StandardCharsets.US_ASCII));
    while (header.remaining() > 1) {
      header.put((byte) ' ');
    }
    return header.put((byte) '\n').array();
  }

  private static String typeCode(ElementType type) {
    boolean orderless = type.bytes() == 1 || type == ElementType.BFLOAT16;
    String order = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? "<" : ">";
    return (orderless ? "|" : order) + type.numpyCode();
  }
}
