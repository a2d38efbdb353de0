package dev.partita.cli.golden;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/** Archives of NumPy arrays: their first rows as an archive of their own, and what they hold. */
final class NpzArrays {

  private static final int LENGTH_AT = 8;
  private static final int HEADER_AT = 10;
  private static final Pattern TYPE = Pattern.compile("'descr': '([^']*)'");
  private static final Pattern SHAPE = Pattern.compile("'shape': \\(([^)]*)\\)");

  private final Map<String, byte[]> entries = new LinkedHashMap<>();

  /** Reads a file; an entry that is no array is left out. */
  static NpzArrays read(Path file) {
    NpzArrays arrays = new NpzArrays();
    try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(file))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        if (entry.getName().endsWith(".npy")) {
          arrays.entries.put(entry.getName(), zip.readAllBytes());
        }
      }
      return arrays;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Adds a float32 array. */
  NpzArrays with(String name, float[] values, int... shape) {
    ByteBuffer elements = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    elements.asFloatBuffer().put(values);
    StringBuilder dims = new StringBuilder();
    for (int size : shape) {
      dims.append(size).append(", ");
    }
    entries.put(name + ".npy", array("<f4", dims.toString(), elements.array()));
    return this;
  }

  /** Writes the first rows of every array. */
  Path writeRows(int rows, Path file) {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        Array array = Array.of(entry.getValue());
        String[] dims = array.shape().split(",\\s*", 2);
        int bytes = array.elements().remaining() / Integer.parseInt(dims[0]) * rows;
        byte[] first = new byte[bytes];
        array.elements().get(first);
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(array(array.type(), rows + ", " + dims[1], first));
        zip.closeEntry();
      }
      return file;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Type, shape, and two sums of magnitudes of each array; the second depends on the order. */
  ObjectNode summary() {
    ObjectNode summary = JsonNodeFactory.instance.objectNode();
    entries.forEach(
        (name, bytes) -> {
          Array array = Array.of(bytes);
          double sum = 0;
          double weighted = 0;
          for (int i = 0; array.elements().hasRemaining(); i++) {
            double element = Math.abs(array.next());
            sum += element;
            weighted += element * (i % 97);
          }
          summary
              .putObject(name)
              .put("type", array.type())
              .put("shape", array.shape())
              .put("absoluteSum", sum)
              .put("weightedSum", weighted);
        });
    return summary;
  }

  private static byte[] array(String type, String shape, byte[] elements) {
    byte[] header =
        "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }\n"
            .formatted(type, shape)
            .getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(HEADER_AT + header.length + elements.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0})
        .putShort((short) header.length)
        .put(header)
        .put(elements)
        .array();
  }

  private record Array(String type, String shape, ByteBuffer elements) {

    static Array of(byte[] bytes) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      int length = Short.toUnsignedInt(buffer.getShort(LENGTH_AT));
      String header = new String(bytes, HEADER_AT, length, StandardCharsets.US_ASCII);
      buffer.position(HEADER_AT + length);
      return new Array(group(TYPE, header), group(SHAPE, header), buffer);
    }

    private static String group(Pattern pattern, String header) {
      Matcher matcher = pattern.matcher(header);
      if (!matcher.find()) {
        throw new IllegalArgumentException(header);
      }
      return matcher.group(1);
    }

    double next() {
      return switch (type) {
        case "<f4" -> elements.getFloat();
        case "<i4" -> elements.getInt();
        case "<i8" -> elements.getLong();
        case "|u1" -> Byte.toUnsignedInt(elements.get());
        case "|i1", "|b1" -> elements.get();
        default -> throw new IllegalArgumentException(type);
      };
    }
  }
}
