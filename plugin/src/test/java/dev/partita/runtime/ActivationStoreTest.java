package dev.partita.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import dev.partita.model.Scratch;
import dev.partita.workers.Workers;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ActivationStoreTest {

  @TempDir private Path folder;

  private static Tensor floats(int rows, int width, float from) {
    float[] values = new float[rows * width];
    for (int i = 0; i < values.length; i++) {
      values[i] = from + i;
    }
    return Tensor.of(values, rows, width);
  }

  @Test
  void samplesComeBackInAnyOrderFromSeveralBatches() {
    try (Scratch scratch = Scratch.in(folder, Workers.of(1))) {
      ActivationStore store = new ActivationStore(scratch, false);
      store.add(ImmutableMap.of("a", floats(2, 3, 0), "b", Tensor.of(new long[] {7, 8}, 2)), 2);
      store.add(ImmutableMap.of("a", floats(1, 3, 100), "b", Tensor.of(new long[] {9}, 1)), 1);
      assertThat(store.groupSizes()).containsExactly(3);
      assertThat(store.samples()).isEqualTo(3);
      ImmutableMap<String, Tensor> batch = store.gather(0, new int[] {2, 0});
      assertThat(batch.get("a").toFloats()).containsExactly(100, 101, 102, 0, 1, 2);
      assertThat(batch.get("a").shape().toArray()).containsExactly(2, 3);
      assertThat(batch.get("b").data().asLongBuffer().get(0)).isEqualTo(9);
      assertThat(batch.get("b").data().asLongBuffer().get(1)).isEqualTo(7);
    }
  }

  @Test
  void shapesThatDifferStayApart() {
    ActivationStore store = new ActivationStore(Scratch.onHeap(), false);
    store.add(ImmutableMap.of("a", floats(2, 3, 0)), 2);
    store.add(ImmutableMap.of("a", floats(2, 5, 0)), 2);
    store.add(ImmutableMap.of("a", floats(1, 3, 50)), 1);
    assertThat(store.groupSizes()).containsExactly(3, 2);
    assertThat(store.gather(0, new int[] {2}).get("a").toFloats()).containsExactly(50, 51, 52);
  }

  @Test
  void aValueWithoutSamplesOnItsFirstAxisKeepsItsBatchWhole() {
    ActivationStore store = new ActivationStore(Scratch.onHeap(), false);
    store.add(ImmutableMap.of("a", floats(2, 3, 0), "t", floats(3, 2, 9)), 2);
    assertThat(store.groupSizes()).containsExactly(1);
    assertThat(store.samplesEach(0)).isEqualTo(2);
    assertThat(store.isDivisible(0)).isFalse();
    assertThat(store.gather(0, new int[] {0}).get("t").shape().toArray()).containsExactly(3, 2);
    assertThatThrownBy(() -> store.gather(0, new int[] {0, 0}))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void batchesThatAModelFixesStayWhole() {
    ActivationStore store = new ActivationStore(Scratch.onHeap(), true);
    store.add(ImmutableMap.of("a", floats(2, 3, 0)), 2);
    store.add(ImmutableMap.of("a", floats(2, 3, 10)), 2);
    assertThat(store.groupSizes()).containsExactly(2);
    assertThat(store.gather(0, new int[] {1}).get("a").toFloats())
        .containsExactly(10, 11, 12, 13, 14, 15);
  }
}
