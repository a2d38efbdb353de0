package dev.partita.testing;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** All arrays of an {@code .npz} file, read without the library's own reader. */
public final class NpzContents {

  private static final Pattern HEADER =
      Pattern.compile(
          "\\{'descr': '([<|]\\w\\d)', 'fortran_order': False, 'shape': \\(([^)]*)\\), \\} *\n");

  private NpzContents() {}

  /** An array: NumPy's type code, shape, and bytes. */
  public record Array(String type, List<Long> shape, byte[] bytes) {

    /** Elements of type {@code <i4}. */
    public int[] ints() {
      if (!type.equals("<i4")) {
        throw new IllegalArgumentException(type);
      }
      int[] values = new int[bytes.length / Integer.BYTES];
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(values);
      return values;
    }

    /** Bytes as a text. */
    public String text() {
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  /** Reads a file; fails where anything in it is out of order. */
  public static ImmutableMap<String, Array> read(Path file) throws IOException {
    Map<String, Array> arrays = new LinkedHashMap<>();
    try (InputStream in = Files.newInputStream(file);
        ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        String name = entry.getName();
        if (!name.endsWith(".npy")) {
          throw new IOException(name);
        }
        Array before = arrays.put(name.substring(0, name.length() - 4), array(zip.readAllBytes()));
        if (before != null) {
          throw new IOException(name + " twice");
        }
      }
    }
    return ImmutableMap.copyOf(arrays);
  }

  private static Array array(byte[] npy) throws IOException {
    byte[] magic = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    int length = ByteBuffer.wrap(npy).order(ByteOrder.LITTLE_ENDIAN).getShort(magic.length);
    int start = magic.length + 2 + length;
    Matcher header =
        HEADER.matcher(new String(npy, start - length, length, StandardCharsets.US_ASCII));
    if (!Arrays.equals(npy, 0, magic.length, magic, 0, magic.length)
        || start % 64 != 0
        || !header.matches()) {
      throw new IOException("no NPY header");
    }
    List<Long> shape =
        Splitter.on(',')
            .trimResults()
            .omitEmptyStrings()
            .splitToStream(header.group(2))
            .map(Long::valueOf)
            .toList();
    byte[] bytes = Arrays.copyOfRange(npy, start, npy.length);
    long expected = shape.stream().reduce((long) header.group(1).charAt(2) - '0', (a, b) -> a * b);
    if (bytes.length != expected) {
      throw new IOException(bytes.length + " bytes for " + shape);
    }
    return new Array(header.group(1), shape, bytes);
  }
}
