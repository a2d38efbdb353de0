package dev.partita.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Arrays that come piece by piece. */
class NpzPiecesTest {

  @TempDir private Path folder;

  private Path file() {
    return folder.resolve("out.npz");
  }

  private static Tensor counting(ElementType type, long... shape) {
    Tensor tensor = Tensor.allocate(type, shape);
    ByteBuffer bytes = tensor.data();
    for (int i = 0; bytes.hasRemaining(); i++) {
      // The sign bytes stay clear, so that no element is NaN.
      bytes.put((byte) (i % 2));
    }
    return tensor;
  }

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void everyTypeIsReadBackBitForBit(ElementType type) throws IOException {
    Tensor whole = counting(type, 5, 2, 3);
    try (NpzArchive npz = NpzArchive.in(file())) {
      npz.array(
          "x",
          type,
          ImmutableLongArray.of(5, 2, 3),
          List.of(whole.rows(0, 2), whole.rows(2, 2), whole.rows(2, 5)).iterator());
    }
    DataSet data =
        DataSet.read(file().toString(), List.of(TensorDescription.of("x", type, -1, 2, 3)), 0);
    Tensor read = data.batches(5).get(0).inputs().get("x");
    assertThat(read.type()).isEqualTo(type);
    assertThat(read.data()).isEqualTo(whole.data());
  }

  @Test
  void headersOfAnyLengthAreAligned() throws IOException {
    try (NpzArchive npz = NpzArchive.in(file())) {
      for (int axes = 1; axes < 12; axes++) {
        long[] shape = new long[axes];
        Arrays.fill(shape, 1);
        Tensor one = Tensor.of(new float[] {axes}, shape);
        npz.array("x" + axes, ElementType.FLOAT, one.shape(), List.of(one).iterator());
      }
    }
    List<TensorDescription> inputs = new ArrayList<>();
    for (int axes = 1; axes < 12; axes++) {
      long[] shape = new long[axes];
      Arrays.fill(shape, 1);
      inputs.add(TensorDescription.of("x" + axes, ElementType.FLOAT, shape));
    }
    DataSet data = DataSet.read(file().toString(), inputs, 0);
    for (int axes = 1; axes < 12; axes++) {
      assertThat(data.batches(1).get(0).inputs().get("x" + axes).toFloats()).containsExactly(axes);
    }
  }

  @Test
  void piecesHaveToMakeUpTheWhole() throws IOException {
    Tensor two = counting(ElementType.FLOAT, 2, 3);
    for (long rows : new long[] {1, 3}) {
      try (NpzArchive npz = NpzArchive.in(file())) {
        assertThatThrownBy(
                () ->
                    npz.array(
                        "x",
                        ElementType.FLOAT,
                        ImmutableLongArray.of(rows, 3),
                        List.of(two).iterator()))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("\"x\"");
      }
    }
    try (NpzArchive npz = NpzArchive.in(file())) {
      assertThatThrownBy(
              () ->
                  npz.array(
                      "x", ElementType.INT32, ImmutableLongArray.of(2, 3), List.of(two).iterator()))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
