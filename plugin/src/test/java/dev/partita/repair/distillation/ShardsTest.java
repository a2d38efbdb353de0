package dev.partita.repair.distillation;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import dev.partita.model.Scratch;
import dev.partita.runtime.ActivationStore;
import dev.partita.runtime.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShardsTest {

  private static ActivationStore store(int... samples) {
    ActivationStore store = new ActivationStore(Scratch.onHeap(), false);
    int width = 1;
    for (int count : samples) {
      store.add(ImmutableMap.of("a", Tensor.of(new float[count * width], count, width)), count);
      width++;
    }
    return store;
  }

  @Test
  void everyRoundDealsEachSampleOnceButForALeftover() {
    Shards shards = new Shards(store(10), 3, 1);
    for (int round = 0; round < 4; round++) {
      List<Integer> seen = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        Shards.Shard shard = shards.next();
        assertThat(shard.samples()).isEqualTo(3);
        for (int member : shard.members()) {
          seen.add(member);
        }
      }
      assertThat(seen).hasSize(9).doesNotHaveDuplicates();
    }
  }

  @Test
  void whatIsLeftOverHasItsTurn() {
    Shards shards = new Shards(store(10), 3, 1);
    HashSet<Integer> seen = new HashSet<>();
    for (int i = 0; i < 60; i++) {
      for (int member : shards.next().members()) {
        seen.add(member);
      }
    }
    assertThat(seen).hasSize(10);
  }

  @Test
  void groupsAreNotMixedAndSmallOnesAreOneShard() {
    Shards shards = new Shards(store(6, 2), 3, 1);
    List<Integer> groups = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Shards.Shard shard = shards.next();
      groups.add(shard.group());
      assertThat(shard.members()).hasSize(shard.group() == 0 ? 3 : 2);
    }
    assertThat(groups).containsExactlyInAnyOrder(0, 0, 1);
  }

  @Test
  void aSeedIsAnOrder() {
    assertThat(order(1)).isEqualTo(order(1)).isNotEqualTo(order(2));
  }

  private static List<Integer> order(long seed) {
    Shards shards = new Shards(store(50), 5, seed);
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      for (int member : shards.next().members()) {
        order.add(member);
      }
    }
    return order;
  }

  @Test
  void inOrderNothingIsLeftOut() {
    List<Integer> seen = new ArrayList<>();
    for (Shards.Shard shard : new Shards(store(10), 4, 1).ordered(100)) {
      for (int member : shard.members()) {
        seen.add(member);
      }
    }
    assertThat(seen).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    assertThat(new Shards(store(100), 4, 1).ordered(20)).hasSize(5);
  }
}
