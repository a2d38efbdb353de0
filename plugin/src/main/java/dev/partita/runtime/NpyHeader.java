package dev.partita.runtime;

import com.google.common.base.Splitter;
import com.google.common.primitives.ImmutableLongArray;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The header of an NPY array, versions 1 to 3.
 *
 * @param typeCode NumPy's type string without its byte order, such as {@code f4}
 * @param bigEndian whether elements have their highest byte first
 * @param fortranOrder whether the first axis runs fastest
 * @param shape the dimensions
 * @param bytes length of the header: where the elements start
 */
record NpyHeader(
    String typeCode, boolean bigEndian, boolean fortranOrder, ImmutableLongArray shape, int bytes) {

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final Pattern TYPE = Pattern.compile("'descr':\\s*'([<>|=]?)(\\w+)'");
  private static final Pattern STRUCTURED = Pattern.compile("'descr':\\s*\\[");
  private static final Pattern ORDER = Pattern.compile("'fortran_order':\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape':\\s*\\(([^)]*)\\)");
  private static final int MOST_BYTES = 1 << 16;

  /** Why an array cannot be read, without its name. */
  static final class MalformedException extends IOException {
    private static final long serialVersionUID = 1L;

    MalformedException(String message) {
      super(message);
    }
  }

  /** The same array as the one row of another. */
  NpyHeader asOneRow() {
    ImmutableLongArray row =
        ImmutableLongArray.builder(shape.length() + 1).add(1).addAll(shape).build();
    return new NpyHeader(typeCode, bigEndian, fortranOrder, row, bytes);
  }

  static NpyHeader read(InputStream in) throws IOException {
    byte[] start = exactly(in, 8);
    if (!Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw new MalformedException("is not in NPY format");
    }
    int version = start[6];
    if (version < 1 || version > 3) {
      throw new MalformedException("has NPY version " + version + "; supported are 1 to 3");
    }
    int lengthBytes = version == 1 ? 2 : 4;
    ByteBuffer lengthField =
        ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).put(exactly(in, lengthBytes));
    int length = lengthField.getInt(0);
    if (length < 0 || length > MOST_BYTES) {
      throw new MalformedException("has a header of " + length + " bytes");
    }
    String text = new String(exactly(in, length), StandardCharsets.UTF_8);
    if (STRUCTURED.matcher(text).find()) {
      throw new MalformedException("has a structured type, which no model input has");
    }
    Matcher type = find(TYPE, text);
    return new NpyHeader(
        type.group(2),
        type.group(1).equals(">"),
        find(ORDER, text).group(1).equals("True"),
        parseShape(find(SHAPE, text).group(1)),
        8 + lengthBytes + length);
  }

  private static Matcher find(Pattern pattern, String text) throws MalformedException {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      throw new MalformedException("has an unreadable header: " + text.strip());
    }
    return matcher;
  }

  private static ImmutableLongArray parseShape(String text) throws MalformedException {
    ImmutableLongArray.Builder shape = ImmutableLongArray.builder();
    if (text.contains("-")) {
      throw new MalformedException("has an unreadable shape: (" + text + ")");
    }
    for (String part : Splitter.on(',').trimResults().omitEmptyStrings().split(text)) {
      try {
        // NumPy of Python 2 wrote long numbers with an L.
        shape.add(Long.parseLong(part.endsWith("L") ? part.substring(0, part.length() - 1) : part));
      } catch (NumberFormatException notNumber) {
        throw new MalformedException("has an unreadable shape: (" + text + ")");
      }
    }
    return shape.build();
  }

  private static byte[] exactly(InputStream in, int count) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new EOFException();
    }
    return bytes;
  }
}
