package dev.partita.runtime;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes {@code .npz} files byte by byte, right or wrong as a test asks for. */
public final class NpzWriter {
  private final Map<String, byte[]> entries = new LinkedHashMap<>();
  private boolean stored;

  /** Without compression, as {@code numpy.savez} writes. */
  public NpzWriter stored() {
    stored = true;
    return this;
  }

  public NpzWriter floats(String name, String shape, float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return array(name, "<f4", false, shape, bytes.array());
  }

  public NpzWriter longs(String name, String shape, long... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 8).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return array(name, "<i8", false, shape, bytes.array());
  }

  public NpzWriter array(String name, String type, boolean fortran, String shape, byte[] elements) {
    return npy(name, 1, type, fortran, shape, elements);
  }

  public NpzWriter npy(
      String name, int version, String type, boolean fortran, String shape, byte[] elements) {
    String header =
        "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n"
            .formatted(type, fortran ? "True" : "False", shape);
    return raw(name + ".npy", npyBytes(version, header, elements));
  }

  public NpzWriter raw(String entry, byte[] bytes) {
    entries.put(entry, bytes);
    return this;
  }

  static byte[] npyBytes(int version, String header, byte[] elements) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer npy =
        ByteBuffer.allocate(8 + (version == 1 ? 2 : 4) + text.length + elements.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    npy.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
    if (version == 1) {
      npy.putShort((short) text.length);
    } else {
      npy.putInt(text.length);
    }
    return npy.put(text).put(elements).array();
  }

  public Path write(Path file) {
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        ZipEntry head = new ZipEntry(entry.getKey());
        if (stored) {
          CRC32 checksum = new CRC32();
          checksum.update(entry.getValue());
          head.setMethod(ZipEntry.STORED);
          head.setSize(entry.getValue().length);
          head.setCrc(checksum.getValue());
        }
        zip.putNextEntry(head);
        zip.write(entry.getValue());
        zip.closeEntry();
      }
      return file;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
