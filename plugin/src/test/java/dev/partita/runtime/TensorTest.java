package dev.partita.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.primitives.ImmutableLongArray;
import dev.partita.model.ElementType;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class TensorTest {
  @Test
  void valuesOfEveryTypeReadAsNumbers() {
    for (ElementType type : ElementType.values()) {
      Tensor tensor = Tensor.allocate(type, 2);
      type.put(1, tensor.data().position(type.bytes()));
      assertThat(tensor.doubleAt(1)).as(type.label()).isEqualTo(1);
      assertThat(tensor.floatAt(1)).as(type.label()).isEqualTo(1f);
      assertThat(tensor.toFloat().asFloatBuffer().get(1)).isEqualTo(1f);
      ByteBuffer bytes = tensor.data();
      for (int i = 0; i < type.bytes(); i++) {
        bytes.put(i, (byte) 0xFF);
      }
      double allOnes =
          switch (type) {
            case FLOAT, DOUBLE, FLOAT16, BFLOAT16 -> Double.NaN;
            case BOOL -> 1;
            case INT8, INT16, INT32, INT64 -> -1;
            case UINT8 -> 255;
            case UINT16 -> 65535;
            case UINT32 -> 4294967295.0;
            case UINT64 -> 0x1p64;
          };
      assertThat(tensor.doubleAt(0)).as(type.label()).isEqualTo(Double.valueOf(allOnes));
    }
  }

  @Test
  void halfPrecisionReadsSubnormalsAndInfinities() {
    Tensor half = Tensor.allocate(ElementType.FLOAT16, 3);
    half.data().putShort(0, (short) 0x0001).putShort(2, (short) 0xFC00).putShort(4, (short) 0x3555);
    assertThat(half.toFloats()).containsExactly(0x1p-24f, Float.NEGATIVE_INFINITY, 0x1.554p-2f);
    Tensor brain = Tensor.allocate(ElementType.BFLOAT16, 1);
    brain.data().putShort(0, (short) 0x3F80);
    assertThat(brain.floatAt(0)).isEqualTo(1f);
  }

  @Test
  void rowsAreViewsAndCopiesAreNot() {
    Tensor tensor = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
    Tensor row = tensor.rows(1, 2);
    Tensor copy = Tensor.copyOf(row);
    tensor.asFloatBuffer().put(2, 9);
    assertThat(row.toFloats()).containsExactly(9, 4);
    assertThat(copy.toFloats()).containsExactly(3, 4);
    assertThat(copy.isAligned()).isTrue();
    assertThat(copy.shape().toArray()).containsExactly(1, 2);
  }

  @Test
  void elementsAreComparedByTheirBits() {
    Tensor left = Tensor.of(new long[] {1L << 53, (1L << 53) + 1, 3}, 3);
    Tensor right = Tensor.of(new long[] {1L << 53, 1L << 53, 3}, 3);
    assertThat(left.sameElements(right, 0, 3)).isEqualTo(2);
    assertThatThrownBy(() -> left.sameElements(Tensor.of(new float[] {1}, 1), 0, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shapesAndBuffersMustFit() {
    ImmutableLongArray three = ImmutableLongArray.of(3);
    assertThatThrownBy(() -> new Tensor(ElementType.FLOAT, three, ByteBuffer.allocateDirect(8)))
        .hasMessage("A float32 tensor of shape [3] takes 12 bytes, not 8.");
    assertThatThrownBy(() -> new Tensor(ElementType.FLOAT, three, ByteBuffer.allocate(12)))
        .hasMessage("A tensor's buffer must be direct.");
    assertThatThrownBy(() -> Tensor.allocate(ElementType.FLOAT, 1L << 30))
        .hasMessage(
            "A tensor of 4294967296 bytes is over the limit of 2 GiB; use smaller batches.");
    assertThatThrownBy(() -> Tensor.allocate(ElementType.FLOAT, -1)).hasMessageContaining("-1");
    assertThatThrownBy(() -> Tensor.allocate(ElementType.INT8, 1).asFloatBuffer())
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void theNearestNameIsSuggested() {
    assertThat(Suggestion.forName("Logits", List.of("scores", "logits")))
        .isEqualTo(" (did you mean \"logits\"?)");
    assertThat(Suggestion.closest("abcdef", List.of("xyz"))).isEmpty();
  }
}
