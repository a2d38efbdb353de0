package dev.partita.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.partita.model.ElementType;
import dev.partita.runtime.Tensor;
import org.junit.jupiter.api.Test;

class ToleranceTest {

  @Test
  void relativeErrorIsTheNormOfTheDifference() {
    Tensor expected = floats(3, 4);
    assertThat(Tolerance.error(expected, floats(3, 4))).isZero();
    assertThat(Tolerance.error(expected, floats(3, 4.5f))).isCloseTo(0.1, within(1e-12));
  }

  @Test
  void notANumberAndOtherShapesAreErrors() {
    assertThat(Tolerance.error(floats(3, 4), floats(3, Float.NaN))).isInfinite();
    assertThat(Tolerance.error(floats(3, 4), floats(3))).isInfinite();
    assertThat(Tolerance.error(floats(Float.NaN, 4), floats(Float.NaN, 4))).isZero();
  }

  @Test
  void wholeNumbersMayBeOffByOneStep() {
    assertThat(Tolerance.error(bytes(7, 9), bytes(8, 9))).isZero();
    assertThat(Tolerance.error(bytes(7, 9), bytes(9, 9))).isInfinite();
    assertThat(Tolerance.relative(bytes(7, 9), bytes(8, 9))).isPositive();
  }

  private static Tensor floats(float... values) {
    return Tensor.of(values, values.length);
  }

  private static Tensor bytes(int... values) {
    Tensor tensor = Tensor.allocate(ElementType.UINT8, new long[] {values.length});
    for (int i = 0; i < values.length; i++) {
      tensor.data().put(i, (byte) values[i]);
    }
    return tensor;
  }
}
