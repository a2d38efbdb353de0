package dev.partita.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RowMaskTest {

  private final List<String> notes = new ArrayList<>();

  /** Two samples of three positions, the last of the first one is padding. */
  private RowMask padded() {
    BitSet positions = new BitSet();
    positions.set(0, 6);
    positions.clear(2);
    return new RowMask(2, 2, 3, positions, notes::add);
  }

  private static @Nullable ImmutableIntArray rows(RowMask mask, int axis, long... shape) {
    return mask.rows("v", ImmutableLongArray.copyOf(shape), axis);
  }

  @Test
  void shapesThatCanMeanOneThingAreKnown() {
    assertThat(rows(padded(), -1, 2, 3, 8)).isEqualTo(ImmutableIntArray.of(0, 1, 3, 4, 5));
    assertThat(rows(padded(), -1, 6, 8)).isEqualTo(ImmutableIntArray.of(0, 1, 3, 4, 5));
    assertThat(rows(padded(), -2, 2, 8, 3)).isEqualTo(ImmutableIntArray.of(0, 1, 3, 4, 5));
    assertThat(rows(padded(), -1, 3, 2, 8)).isEqualTo(ImmutableIntArray.of(0, 1, 2, 3, 5));
    assertThat(rows(padded(), -1, 2, 8)).isEqualTo(ImmutableIntArray.of(0, 1));
    assertThat(rows(padded(), -1, 2, 2, 3, 8))
        .isEqualTo(ImmutableIntArray.of(0, 1, 3, 4, 6, 7, 8, 9, 10, 11));
    assertThat(rows(padded(), -1, 8)).isNull();
    assertThat(rows(padded(), -1, 1, 3, 8)).isNull();
    assertThat(notes).isEmpty();
  }

  @Test
  void ofShapesThatCannotBeToldAllRowsCountWithANote() {
    assertThat(rows(padded(), -1, 2, 3, 3, 8)).isNull();
    assertThat(rows(padded(), -1, 2, 5, 8)).isNull();
    assertThat(rows(padded(), -1, 7, 8)).isNull();
    assertThat(notes).containsExactly("v", "v", "v");
  }

  @Test
  void samplesThatFillABatchUpDoNotCount() {
    RowMask filled = new RowMask(4, 3, 0, new BitSet(), notes::add);
    assertThat(rows(filled, -1, 4, 8)).isEqualTo(ImmutableIntArray.of(0, 1, 2));
    assertThat(rows(filled, -1, 8, 8)).isEqualTo(ImmutableIntArray.of(0, 1, 2, 3, 4, 5));
    assertThat(rows(filled, -1, 4, 2, 8)).isEqualTo(ImmutableIntArray.of(0, 1, 2, 3, 4, 5));
    assertThat(rows(filled, -1, 8, 4, 8)).isNull();
    assertThat(notes).containsExactly("v");
  }

  @Test
  void aLastAxisOfPositionsIsOneWhereItIsSaidToBe() {
    ImmutableLongArray shape = ImmutableLongArray.of(2, 3);
    assertThat(padded().elements("v", shape, true))
        .isEqualTo(BitSet.valueOf(new long[] {0b111011}));
    assertThat(padded().elements("v", shape, false)).isNull();
    assertThat(notes).containsExactly("v");
  }
}
