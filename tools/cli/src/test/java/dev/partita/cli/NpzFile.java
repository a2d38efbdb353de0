package dev.partita.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes data as {@code numpy.savez} does. */
final class NpzFile {

  private final Map<String, byte[]> arrays = new LinkedHashMap<>();

  /**
   * Adds an array of zeros.
   *
   * @param type NumPy's code, such as {@code <f4} or {@code |u1}
   */
  NpzFile zeros(String name, String type, int... shape) {
    int bytes = Integer.parseInt(type.substring(2));
    StringBuilder dims = new StringBuilder();
    for (int size : shape) {
      bytes = Math.multiplyExact(bytes, size);
      dims.append(size).append(", ");
    }
    String header =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }\n".formatted(type, dims);
    byte[] text = header.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer npy = ByteBuffer.allocate(10 + text.length + bytes).order(ByteOrder.LITTLE_ENDIAN);
    npy.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}).putShort((short) text.length);
    npy.put(text);
    arrays.put(name, npy.array());
    return this;
  }

  Path write(Path file) {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, byte[]> array : arrays.entrySet()) {
        zip.putNextEntry(new ZipEntry(array.getKey() + ".npy"));
        zip.write(array.getValue());
        zip.closeEntry();
      }
      return file;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
