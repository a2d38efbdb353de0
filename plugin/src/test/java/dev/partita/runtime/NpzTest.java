package dev.partita.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.partita.model.ElementType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpzTest {
  private static final TensorDescription X = TensorDescription.of("x", ElementType.FLOAT, -1, 2);

  @TempDir Path folder;

  private Path file() {
    return folder.resolve("data.npz");
  }

  private DataSet read(NpzWriter npz, TensorDescription... inputs) {
    return DataSet.read(npz.write(file()).toString(), List.of(inputs), 0);
  }

  private void refuses(NpzWriter npz, String message, String hint, TensorDescription... inputs) {
    assertThatThrownBy(() -> read(npz, inputs))
        .isInstanceOf(DataException.class)
        .hasMessage(message)
        .satisfies(
            failure -> assertThat(String.valueOf(((DataException) failure).hint())).contains(hint));
  }

  private static Tensor all(DataSet data, String name) {
    Tensor tensor = data.batches(1000).get(0).inputs().get(name);
    assertThat(tensor).isNotNull();
    return tensor;
  }

  /** In both byte orders, stored and deflated: 7 and 8 rows of every type come back bit for bit. */
  @ParameterizedTest
  @EnumSource(ElementType.class)
  void everyTypeIsRead(ElementType type) {
    int size = type.bytes();
    byte[] little = new byte[6 * size];
    for (int i = 0; i < little.length; i++) {
      little[i] = (byte) (type == ElementType.BOOL ? i & 1 : i % size == size - 1 ? 0x40 : i + 1);
    }
    byte[] big = new byte[little.length];
    for (int i = 0; i < little.length; i++) {
      big[i - i % size + size - 1 - i % size] = little[i];
    }
    TensorDescription input = TensorDescription.of("x", type, -1, 2);
    for (boolean stored : new boolean[] {false, true}) {
      for (boolean bigEndian : new boolean[] {false, true}) {
        NpzWriter npz = stored ? new NpzWriter().stored() : new NpzWriter();
        String order = size == 1 ? "|" : bigEndian ? ">" : "<";
        npz.array("x", order + type.numpyCode(), false, "(3, 2)", bigEndian ? big : little);
        Tensor tensor = all(read(npz, input), "x");
        byte[] found = new byte[little.length];
        tensor.data().get(found);
        assertThat(found).isEqualTo(little);
        assertThat(tensor.type()).isEqualTo(type);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64", "UINT32", "UINT64"})
  void labelsMayBeAnyWholeNumbers(ElementType type) {
    ByteBuffer labels = ByteBuffer.allocate(2 * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    type.put(3, labels);
    type.put(101, labels);
    labels.rewind();
    DataSet data =
        read(
            new NpzWriter()
                .floats("x", "(2, 2)", 1, 2, 3, 4)
                .array("labels", "<" + type.numpyCode(), false, "(2,)", labels.array()),
            X);
    assertThat(data.label(0, 0)).isEqualTo(3);
    assertThat(data.label(1, 0)).isEqualTo(101);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void headersOfEveryVersionAreRead(int version) {
    NpzWriter npz = new NpzWriter().npy("x", version, "<f4", false, "(1, 2)", new byte[8]);
    assertThat(all(read(npz, X), "x").toFloats()).containsExactly(0, 0);
  }

  @Test
  void fortranOrderIsTurned() {
    ByteBuffer columns = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    columns.asFloatBuffer().put(new float[] {1, 3, 5, 2, 4, 6});
    NpzWriter npz = new NpzWriter().array("x", "<f4", true, "(3, 2)", columns.array());
    assertThat(all(read(npz, X), "x").toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
  }

  /** The files were written by NumPy 2.4.6, with savez and savez_compressed. */
  @Test
  void filesOfNumpyAreRead() {
    DataSet stored = DataSet.read(resource("numpy-stored.npz"), List.of(X), 0);
    assertThat(all(stored, "x").toFloats()).containsExactly(0, 0.25f, 0.5f, 0.75f, 1, 1.25f);
    assertThat(stored.label(0, 0)).isEqualTo(2);

    DataSet compressed =
        DataSet.read(
            resource("numpy-compressed.npz"),
            List.of(
                TensorDescription.of("big", ElementType.INT32, -1),
                TensorDescription.of("h", ElementType.FLOAT16, -1, 2)),
            0);
    assertThat(all(compressed, "h").toFloats()).containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(all(compressed, "big").toFloats()).containsExactly(0, 1, 2);
    assertThat(compressed.label(2, 0)).isEqualTo(1);
  }

  private String resource(String name) {
    Path copy = folder.resolve(name);
    try (InputStream in = NpzTest.class.getResourceAsStream(name)) {
      assertThat(in).isNotNull();
      Files.write(copy, in.readAllBytes());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return copy.toString();
  }

  @Test
  void arraysOverTheMemoryLimitAreReadFromDisk() {
    byte[] elements = new byte[(64 << 20) + 8];
    Arrays.fill(elements, (byte) 1);
    int rows = elements.length / 8;
    TensorDescription bytes = TensorDescription.of("x", ElementType.UINT8, -1, 8);
    NpzWriter npz = new NpzWriter().array("x", "|u1", false, "(%d, 8)".formatted(rows), elements);
    DataSet data = read(npz, bytes);
    assertThat(data.samples()).isEqualTo(rows);
    assertThat(data.batches(rows - 1).get(1).inputs().get("x").toFloats())
        .containsExactly(1, 1, 1, 1, 1, 1, 1, 1);
  }

  @Test
  void aWrongNameIsRefusedEvenWhereOnlyOneIsPossible() {
    refuses(
        new NpzWriter().floats("images", "(1, 2)", 1, 2),
        file() + ": array \"images\" is not an input of the model.",
        "Did you mean \"x\"? The model takes \"x\" (float32 [?, 2]).",
        X);
  }

  @Test
  void extraAndMissingArraysAreRefused() {
    TensorDescription mask = TensorDescription.of("attention_mask", ElementType.INT64, -1, 2);
    refuses(
        new NpzWriter().floats("x", "(1, 2)", 1, 2).longs("atention_mask", "(1, 2)", 1, 1),
        file() + ": array \"atention_mask\" is not an input of the model.",
        "Did you mean \"attention_mask\"?",
        X,
        mask);
    refuses(
        new NpzWriter().floats("x", "(1, 2)", 1, 2),
        file() + " has no array for the input \"attention_mask\".",
        "It holds \"x\".",
        X,
        mask);
  }

  @Test
  void aWrongShapeIsRefused() {
    refuses(
        new NpzWriter().floats("x", "(1, 3)", 1, 2, 3),
        file()
            + ": array \"x\" has shape [1, 3], the input has [?, 2]"
            + " (the first axis counts the samples).",
        ".",
        X);
    refuses(
        new NpzWriter().floats("x", "(3,)", 1, 2, 3),
        file()
            + ": array \"x\" has shape [3], the input has [?, 2]"
            + " (the first axis counts the samples).",
        ".",
        X);
  }

  @Test
  void aWrongTypeIsRefused() {
    refuses(
        new NpzWriter().array("x", "<i8", false, "(1, 2)", new byte[16]),
        file() + ": array \"x\" is int64, the input is float32.",
        "x.astype(numpy.float32)",
        X);
    refuses(
        new NpzWriter().array("x", "<U2", false, "(1, 2)", new byte[16]),
        file() + ": array \"x\" is of type 'U2', the input is float32.",
        "x.astype(numpy.float32)",
        X);
    refuses(
        new NpzWriter().array("x", "|O", false, "(1, 2)", new byte[16]),
        file() + ": array \"x\" is of type 'O', the input is float32.",
        "x.astype(numpy.float32)",
        X);
  }

  @Test
  void nanIsRefused() {
    refuses(
        new NpzWriter().floats("x", "(3, 2)", 1, 2, 3, 4, Float.NaN, 6),
        file() + ": array \"x\" contains NaN, first in sample 2, element 0.",
        ".",
        X);
    refuses(
        new NpzWriter().array("x", "<f2", false, "(1, 1)", new byte[] {0, 0x7e}),
        file() + ": array \"x\" contains NaN, first in sample 0, element 0.",
        ".",
        TensorDescription.of("x", ElementType.FLOAT16, -1, 1));
  }

  @Test
  void wrongLabelsAreRefused() {
    NpzWriter three = new NpzWriter().floats("x", "(1, 2)", 1, 2).longs("labels", "(3,)", 1, 2, 3);
    refuses(
        three,
        file() + ": array \"labels\" has shape [3]; its first axis has to count the samples, 1.",
        ".",
        X);
    refuses(
        new NpzWriter().floats("x", "(1, 2)", 1, 2).floats("labels", "(1,)", Float.NaN),
        file() + ": array \"labels\" has a NaN or an infinity.",
        "Leave out",
        X);
    refuses(
        new NpzWriter()
            .floats("x", "(1, 2)", 1, 2)
            .array("labels", "<c8", false, "(1,)", new byte[8]),
        file() + ": array \"labels\" is of type 'c8', expected numbers.",
        "astype(numpy.int64)",
        X);
  }

  @Test
  void sampleCountsMustAgreeAndNotBeZero() {
    refuses(
        new NpzWriter().floats("x", "(0, 2)"), file() + ": array \"x\" has no samples.", ".", X);
    refuses(
        new NpzWriter().floats("x", "(1, 2)", 1, 2).floats("z", "(2, 2)", 1, 2, 3, 4),
        file() + ": array \"z\" has 2 samples, array \"x\" has 1.",
        ".",
        X,
        TensorDescription.of("z", ElementType.FLOAT, -1, 2));
  }

  @Test
  void moreSamplesThanCanBeCountedAreRefused() {
    refuses(
        new NpzWriter().array("x", "<f4", false, "(2147483648, 2)", new byte[8]),
        file() + ": array \"x\" has 2147483648 samples, more than 2^31 - 1.",
        "Give fewer samples.",
        X);
  }

  /** The file only says that it holds so much; nothing of it is read before. */
  @Test
  void aSampleOfMoreThanAGibibyteIsRefused() throws IOException {
    long bytes = (1L << 30) + 1;
    String header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1, %d), }".formatted(bytes);
    byte[] npy = NpzWriter.npyBytes(1, header, new byte[8]);
    Path written = new NpzWriter().raw("x.npy", npy).write(file());
    ByteBuffer zip = ByteBuffer.wrap(Files.readAllBytes(written)).order(ByteOrder.LITTLE_ENDIAN);
    int directory = zip.limit() - 22 - zip.getInt(zip.limit() - 10);
    zip.putInt(directory + 24, Math.toIntExact(npy.length - 8 + bytes));
    Files.write(written, zip.array());
    assertThatThrownBy(
            () ->
                DataSet.read(
                    written.toString(),
                    List.of(TensorDescription.of("x", ElementType.UINT8, -1, -1)),
                    1))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "%s: a sample of array \"x\" takes %d bytes, more than 1 GiB."
                .formatted(written, bytes));
  }

  @Test
  void damagedArraysAreRefused() {
    refuses(
        new NpzWriter().array("x", "<f4", false, "(3, 2)", new byte[8]),
        file() + ": array \"x\" of shape [3, 2] takes 24 bytes, found 8.",
        ".",
        X);
    refuses(
        new NpzWriter().raw("x.npy", new byte[20]),
        file() + ": array \"x\" is not in NPY format.",
        ".",
        X);
    refuses(
        new NpzWriter().npy("x", 9, "<f4", false, "(1, 2)", new byte[8]),
        file() + ": array \"x\" has NPY version 9; supported are 1 to 3.",
        ".",
        X);
    refuses(
        new NpzWriter()
            .raw(
                "x.npy",
                NpzWriter.npyBytes(
                    1,
                    "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}",
                    new byte[8])),
        file() + ": array \"x\" has a structured type, which no model input has.",
        ".",
        X);
    refuses(
        new NpzWriter().array("x", "<f4", false, "(-1, 2)", new byte[8]),
        file() + ": array \"x\" has an unreadable shape: (-1, 2).",
        ".",
        X);
    refuses(
        new NpzWriter()
            .array("x", "<f4", false, "(2000000000, 4000000000, 4000000000)", new byte[8]),
        file() + ": array \"x\" has the impossible shape [2000000000, 4000000000, 4000000000].",
        ".",
        TensorDescription.of("x", ElementType.FLOAT, -1, -1, -1));
    refuses(
        new NpzWriter().raw("readme.txt", new byte[3]),
        file() + " holds \"readme.txt\", which is not an array.",
        ".",
        X);
  }

  @Test
  void aChangedByteIsNoticed() throws IOException {
    for (boolean stored : new boolean[] {false, true}) {
      NpzWriter npz = stored ? new NpzWriter().stored() : new NpzWriter();
      Path path = npz.floats("x", "(2, 2)", 1, 2, 3, 4).write(file());
      byte[] bytes = Files.readAllBytes(path);
      // The checksum stands in the directory's record, 16 bytes behind its signature.
      int directory = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("PK\1\2");
      bytes[directory + 16] ^= 1;
      Files.write(path, bytes);
      assertThatThrownBy(() -> DataSet.read(path.toString(), List.of(X), 0))
          .isInstanceOf(DataException.class)
          .hasMessage(path + ": array \"x\" is damaged: its checksum is wrong.");
    }
  }

  @Test
  void anUnknownCompressionIsRefused() throws IOException {
    Path path = new NpzWriter().floats("x", "(2, 2)", 1, 2, 3, 4).write(file());
    byte[] bytes = Files.readAllBytes(path);
    // The method stands in the directory's record, 10 bytes behind its signature.
    int directory = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("PK\1\2");
    bytes[directory + 10] = 12;
    Files.write(path, bytes);
    assertThatThrownBy(() -> DataSet.read(path.toString(), List.of(X), 0))
        .isInstanceOf(DataException.class)
        .hasMessage(
            path
                + ": array \"x\" is compressed by method 12; supported are 0 (stored) and 8 (deflated).");
  }

  /** Whatever is cut off, the refusal is a sentence about the file and no other exception. */
  @Test
  void everyPrefixOfAFileIsRefused() throws IOException {
    byte[] bytes =
        Files.readAllBytes(
            new NpzWriter().floats("x", "(2, 2)", 1, 2, 3, 4).write(folder.resolve("whole.npz")));
    for (int length = 0; length < bytes.length; length++) {
      Path cut = Files.write(file(), Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> DataSet.read(cut.toString(), List.of(X), 0))
          .isInstanceOf(DataException.class)
          .hasMessageStartingWith(cut.toString());
    }
  }

  /** Any single byte changed gives either data or a refusal, never another exception. */
  @Test
  void changedBytesNeverEscapeAsOtherExceptions() throws IOException {
    byte[] bytes =
        Files.readAllBytes(
            new NpzWriter().floats("x", "(2, 2)", 1, 2, 3, 4).write(folder.resolve("whole.npz")));
    for (int i = 0; i < bytes.length; i++) {
      byte[] changed = bytes.clone();
      changed[i] ^= (byte) 0xFF;
      Path path = Files.write(file(), changed);
      try {
        assertThat(DataSet.read(path.toString(), List.of(X), 0).samples()).isPositive();
      } catch (DataException refusal) {
        assertThat(refusal).hasMessageStartingWith(path.toString());
      }
    }
  }
}
