package dev.partita.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Splitter;
import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Masks of each dialect: which of two samples of three positions count. */
class PaddingTest {

  private static final ImmutableLongArray VALUE = ImmutableLongArray.of(2, 3, 5);

  @TempDir private Path folder;

  private DataSet read(@Nullable String asked, String shape, float... mask) {
    Path file =
        new NpzWriter()
            .floats("x", "(2, 3)", 1, 2, 3, 4, 5, 6)
            .floats("attention_mask", shape, mask)
            .write(folder.resolve("data.npz"));
    return DataSet.read(
        file.toString(),
        List.of(
            TensorDescription.of("x", ElementType.FLOAT, -1, 3),
            TensorDescription.of("attention_mask", ElementType.FLOAT, dims(shape))),
        1,
        Map.of(),
        asked);
  }

  private static long[] dims(String shape) {
    List<String> parts = Splitter.on(',').splitToList(shape.replaceAll("[() ]", ""));
    long[] dims = new long[parts.size()];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = i == 0 ? -1 : Long.parseLong(parts.get(i));
    }
    return dims;
  }

  /** The rows that count, of two times three. */
  private static @Nullable ImmutableIntArray rows(DataSet data) {
    return data.batches(2).get(0).mask().rows("value", VALUE, -1);
  }

  @Test
  void zeroAndOneAreAsTheyAre() {
    assertThat(rows(read(null, "(2, 3)", 1, 1, 0, 1, 0, 0)))
        .isEqualTo(ImmutableIntArray.of(0, 1, 3));
    assertThat(rows(read(null, "(2, 1, 1, 3)", 1, 1, 0, 1, 0, 0)))
        .isEqualTo(ImmutableIntArray.of(0, 1, 3));
  }

  @ParameterizedTest
  @ValueSource(floats = {-10000, -65504, -3.4e38f, Float.NEGATIVE_INFINITY})
  void ofMasksThatAreAddedTheLargestNumberCounts(float far) {
    assertThat(rows(read(null, "(2, 3)", 0, 0, far, 0, far, far)))
        .isEqualTo(ImmutableIntArray.of(0, 1, 3));
    assertThat(rows(read(null, "(2, 1, 1, 3)", 0, 0, far, 0, far, far)))
        .isEqualTo(ImmutableIntArray.of(0, 1, 3));
  }

  /** Two heads; the second sample's last key is seen by no query of either. */
  @Test
  void aKeyCountsThatAnyQuerySees() {
    float no = -10000;
    assertThat(
            rows(
                read(
                    null,
                    "(2, 1, 3, 3)",
                    0,
                    no,
                    no,
                    0,
                    0,
                    no,
                    0,
                    0,
                    0,
                    0,
                    no,
                    no,
                    0,
                    0,
                    no,
                    0,
                    0,
                    no)))
        .isEqualTo(ImmutableIntArray.of(0, 1, 2, 3, 4));
  }

  @Test
  void aMaskThatIsAddedAndAllZeroLeavesNothingOut() {
    assertThat(rows(read(null, "(2, 1, 1, 3)", 0, 0, 0, 0, 0, 0))).isNull();
  }

  /** A batch without padding, or of padding alone, is read as the others are. */
  @Test
  void whatMarksMeanIsDecidedOnAllSamples() {
    DataSet data = read(null, "(2, 3)", -10000, -10000, -10000, 0, 0, 0);
    List<Batch> single = data.batches(1);
    ImmutableLongArray one = ImmutableLongArray.of(1, 3, 5);
    assertThat(single.get(0).mask().rows("value", one, -1)).isEqualTo(ImmutableIntArray.of());
    assertThat(single.get(1).mask().rows("value", one, -1)).isNull();
  }

  @Test
  void whatIsNotUnderstoodLeavesNothingOutAndIsNamed() {
    DataSet data = read(null, "(2, 3)", 1, 2, 3, 4, 5, 6);
    assertThat(rows(data)).isNull();
    assertThat(data.warnings())
        .containsExactly(
            "\"attention_mask\" holds neither 0 and 1 nor one number and others far below it;"
                + " everything counts, padding too.");
    assertThatThrownBy(() -> read("attention_mask", "(2, 3)", 1, 2, 3, 4, 5, 6))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("cannot mark padding");
  }
}
