package dev.partita.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.model.ElementType;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MixedSourceTest {

  private static DataSet data(Tensor tensor) {
    return DataSet.of(
        "test",
        ImmutableList.of(TensorDescription.of("x", tensor.type(), -1, tensor.shape().get(1))),
        ImmutableMap.of("x", tensor),
        null);
  }

  private static DataSet corners(int samples) {
    float[] values = new float[2 * samples];
    for (int i = 0; i < samples; i++) {
      values[2 * i] = i;
      values[2 * i + 1] = 10f * i;
    }
    return data(Tensor.of(values, samples, 2));
  }

  @Test
  void aBlendLiesBetweenTwoSamples() {
    DataSet mixed = corners(50).mixed(3).orElseThrow();
    float[] values = mixed.batches(50).get(0).inputs().get("x").toFloats();
    int moved = 0;
    for (int i = 0; i < 50; i++) {
      // All samples lie on one line, and so do their blends.
      assertThat(values[2 * i + 1]).isCloseTo(10 * values[2 * i], within(1e-3f));
      assertThat(values[2 * i]).isBetween(0f, 49f);
      moved += Math.abs(values[2 * i] - i) > 1e-3 ? 1 : 0;
    }
    assertThat(moved).isGreaterThan(40);
  }

  @Test
  void batchesDoNotChangeABlendAndSeedsDo() {
    float[] whole =
        corners(8).mixed(3).orElseThrow().batches(8).get(0).inputs().get("x").toFloats();
    float[] second =
        corners(8).mixed(3).orElseThrow().batches(4).get(1).inputs().get("x").toFloats();
    float[] other =
        corners(8).mixed(4).orElseThrow().batches(8).get(0).inputs().get("x").toFloats();
    assertThat(second).containsExactly(Arrays.copyOfRange(whole, 8, 16));
    assertThat(other).isNotEqualTo(whole);
  }

  @Test
  void codesAreNotBlended() {
    assertThat(data(Tensor.of(new long[] {1, 2, 3, 4}, 2, 2)).mixed(1)).isEmpty();
    Tensor bytes = Tensor.allocate(ElementType.UINT8, 2, 2);
    assertThat(data(bytes).mixed(1)).isEmpty();
  }

  @Test
  void aSpreadIsEvenAndNoLargerThanAsked() {
    DataSet few = corners(100).spread(4);
    assertThat(few.samples()).isEqualTo(4);
    assertThat(few.batches(4).get(0).inputs().get("x").toFloats())
        .containsExactly(0, 0, 25, 250, 50, 500, 75, 750);
    assertThat(corners(3).spread(4).samples()).isEqualTo(3);
  }
}
