package dev.partita.runtime;

import com.google.common.base.CharMatcher;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/** One array of an {@code .npz} file, read as a model's input or as labels. */
final class NpyArray {
  private static final int STORED = 0;
  private static final int DEFLATED = 8;
  private static final long MOST_SAMPLE_BYTES = 1L << 30;

  private final Path path;
  private final FileChannel file;
  private final ZipDirectory.Entry entry;
  private final String name;

  NpyArray(Path path, FileChannel file, ZipDirectory.Entry entry) {
    this.path = path;
    this.file = file;
    this.entry = entry;
    this.name = entry.name().substring(0, entry.name().length() - ".npy".length());
  }

  /** The header alone, checked for the type of an input. */
  NpyHeader header(TensorDescription input, InputCheck check) throws IOException {
    try (InputStream in = open()) {
      NpyHeader header = header(in);
      if (!isConverted(input, header)) {
        check.type(input, header.typeCode());
      }
      return header;
    }
  }

  /** Whether the array is of doubles and the input of floats. */
  static boolean isConverted(TensorDescription input, NpyHeader header) {
    return input.type() == ElementType.FLOAT
        && header.typeCode().equals(ElementType.DOUBLE.numpyCode());
  }

  /** The samples, one a row. */
  RowArray read(TensorDescription input, Placement placement, InputCheck check) throws IOException {
    try (InputStream in = open()) {
      CheckedInputStream checked = new CheckedInputStream(in, new CRC32());
      NpyHeader found = header(checked);
      boolean oneRow =
          placement.kind() == Placement.Kind.ONE_ROW || placement.kind() == Placement.Kind.SHARED;
      NpyHeader header = oneRow ? found.asOneRow() : found;
      boolean converted = isConverted(input, found);
      RowArray rows = rows(header, converted ? ElementType.DOUBLE : input.type(), checked);
      check.noNan(name, rows);
      if (placement.kind() == Placement.Kind.AXIS) {
        rows = samplesFirst(rows, placement.axis());
      }
      return converted ? rows.toFloats() : rows;
    }
  }

  private RowArray samplesFirst(RowArray rows, int axis) {
    try {
      return RowArray.of(Axes.toFront(gather(rows), axis));
    } catch (IllegalArgumentException | ArithmeticException tooLarge) {
      throw new DataException(
          "%s: array \"%s\" counts its samples along axis %d and is too large to convert."
              .formatted(path, name, axis),
          "Save numpy.moveaxis(%s, %d, 0) and give fewer samples at a time.".formatted(name, axis),
          tooLarge);
    }
  }

  Labels readLabels(int samples) throws IOException {
    try (InputStream in = open()) {
      CheckedInputStream checked = new CheckedInputStream(in, new CRC32());
      NpyHeader header = header(checked);
      if (header.typeCode().startsWith("U") && header.shape().length() == 1) {
        return texts(header, samples, checked);
      }
      ElementType type =
          ElementType.ofNumpy(header.typeCode()).filter(NpyArray::isNumber).orElse(null);
      if (type == null) {
        throw new DataException(
            "%s: array \"labels\" is %s, expected numbers."
                .formatted(path, InputCheck.typeLabel(header.typeCode())),
            "Store class numbers: labels=labels.astype(numpy.int64).");
      }
      if (header.shape().length() == 0 || header.shape().get(0) != samples) {
        throw wrongShape(header, samples);
      }
      Tensor tensor = gather(rows(header, type, checked));
      for (int i = 0; i < tensor.elements(); i++) {
        if (!Double.isFinite(tensor.doubleAt(i))) {
          throw new DataException(
              "%s: array \"labels\" has a NaN or an infinity.".formatted(path),
              "Leave out samples without a label.");
        }
      }
      return Labels.of(tensor);
    }
  }

  /** Texts of a fixed length, four bytes a character. */
  private Labels texts(NpyHeader header, int samples, CheckedInputStream in) throws IOException {
    int width = 4 * Integer.parseInt(header.typeCode().substring(1));
    long[] codes = new long[samples];
    byte[] all = in.readAllBytes();
    checkSum(in);
    if (header.shape().get(0) != samples || all.length != (long) samples * width) {
      throw wrongShape(header, samples);
    }
    Charset characters = Charset.forName(header.bigEndian() ? "UTF-32BE" : "UTF-32LE");
    for (int i = 0; i < samples; i++) {
      String text = new String(all, i * width, width, characters);
      codes[i] = TextOutputs.code(CharMatcher.is('\0').trimTrailingFrom(text));
    }
    return Labels.ofTexts(codes);
  }

  private DataException wrongShape(NpyHeader header, int samples) {
    return new DataException(
        "%s: array \"labels\" has shape %s; its first axis has to count the samples, %d."
            .formatted(path, header.shape(), samples),
        "Store one label for each sample.");
  }

  private static boolean isNumber(ElementType type) {
    return type.isInteger() || type.isFloating() || type == ElementType.BOOL;
  }

  private static Tensor gather(RowArray rows) {
    Tensor tensor = Tensor.allocate(rows.type(), rows.shape().toArray());
    rows.copyRows(0, rows.samples(), tensor.data(), 0);
    return tensor;
  }

  private NpyHeader header(InputStream in) throws IOException {
    try {
      return NpyHeader.read(in);
    } catch (NpyHeader.MalformedException malformed) {
      throw new DataException(
          "%s: array \"%s\" %s.".formatted(path, name, malformed.getMessage()),
          "Write the file again with numpy.savez.",
          malformed);
    }
  }

  private RowArray rows(NpyHeader header, ElementType type, CheckedInputStream in)
      throws IOException {
    ImmutableLongArray shape = header.shape();
    long bytes;
    try {
      bytes = Math.multiplyExact(RowArray.rowBytes(type, shape), shape.get(0));
    } catch (ArithmeticException overflow) {
      throw new DataException(
          "%s: array \"%s\" has the impossible shape %s.".formatted(path, name, shape),
          "Write the file again with numpy.savez.",
          overflow);
    }
    if (entry.bytes() - header.bytes() != bytes) {
      throw new DataException(
          "%s: array \"%s\" of shape %s takes %d bytes, found %d."
              .formatted(path, name, shape, bytes, entry.bytes() - header.bytes()),
          "The file is damaged; write it again with numpy.savez.");
    }
    if (bytes / shape.get(0) > MOST_SAMPLE_BYTES) {
      throw new DataException(
          "%s: a sample of array \"%s\" takes %d bytes, more than 1 GiB."
              .formatted(path, name, bytes / shape.get(0)),
          "Give samples of 1 GiB at most.");
    }
    if (entry.method() == STORED && !header.bigEndian() && !header.fortranOrder()) {
      RowArray rows = RowArray.map(file, entry.offset() + header.bytes(), type, shape);
      for (ByteBuffer segment : rows.segments()) {
        in.getChecksum().update(segment.duplicate());
      }
      checkSum(in);
      return rows;
    }
    Consumer<ByteBuffer> fix = header.bigEndian() ? chunk -> swap(chunk, type) : chunk -> {};
    RowArray rows = RowArray.read(in, type, shape, fix);
    checkSum(in);
    return header.fortranOrder() ? transpose(rows) : rows;
  }

  private void checkSum(CheckedInputStream in) {
    if (in.getChecksum().getValue() != entry.crc()) {
      throw new DataException(
          "%s: array \"%s\" is damaged: its checksum is wrong.".formatted(path, name),
          "Write the file again with numpy.savez.");
    }
  }

  /** Converts elements from column-major to row-major order. */
  private RowArray transpose(RowArray columns) {
    Tensor source;
    Tensor target;
    try {
      source = gather(columns);
      target = Tensor.allocate(columns.type(), columns.shape().toArray());
    } catch (IllegalArgumentException tooLarge) {
      throw new DataException(
          "%s: array \"%s\" is in Fortran order and too large to convert.".formatted(path, name),
          "Save numpy.ascontiguousarray(array).",
          tooLarge);
    }
    int size = columns.type().bytes();
    int rank = columns.shape().length();
    long[] at = new long[rank];
    for (int i = 0; i < source.elements(); i++) {
      long index = 0;
      for (int axis = 0; axis < rank; axis++) {
        index = index * columns.shape().get(axis) + at[axis];
      }
      target.data().put(Math.toIntExact(index * size), source.data(), i * size, size);
      for (int axis = 0; axis < rank && ++at[axis] == columns.shape().get(axis); axis++) {
        at[axis] = 0;
      }
    }
    return RowArray.of(target);
  }

  private static void swap(ByteBuffer chunk, ElementType type) {
    int size = type.bytes();
    for (int i = chunk.position(); i < chunk.limit(); i += size) {
      for (int low = 0; low < size / 2; low++) {
        byte first = chunk.get(i + low);
        chunk.put(i + low, chunk.get(i + size - 1 - low));
        chunk.put(i + size - 1 - low, first);
      }
    }
  }

  private InputStream open() {
    InputStream raw = new ChannelSlice(file, entry.offset(), entry.compressedBytes());
    return switch (entry.method()) {
      case STORED -> new BufferedInputStream(raw, 8192);
      case DEFLATED -> new InflaterInputStream(raw, new Inflater(true), 1 << 16);
      default ->
          throw new DataException(
              "%s: array \"%s\" is compressed by method %d; supported are 0 (stored) and 8 (deflated)."
                  .formatted(path, name, entry.method()),
              "Write it with numpy.savez or numpy.savez_compressed.");
    };
  }
}
