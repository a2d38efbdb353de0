package dev.partita.repair.distillation;

import com.google.common.collect.ImmutableList;
import dev.partita.runtime.ActivationStore;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Deals the members of a store out in shards, again and again, each time in another order. Seeded.
 */
final class Shards {

  /**
   * Members of one group that are computed at once.
   *
   * @param group its number in the store
   * @param members of the group
   * @param samples how many samples they represent
   */
  record Shard(int group, int[] members, int samples) {}

  private final ActivationStore store;
  private final int size;
  private final Random random;
  private final List<Shard> dealt = new ArrayList<>();

  /**
   * A dealer.
   *
   * @param size how many samples a shard has where the store can be divided
   */
  Shards(ActivationStore store, int size, long seed) {
    this.store = store;
    this.size = size;
    this.random = new Random(seed);
  }

  /** The next shard. */
  Shard next() {
    if (dealt.isEmpty()) {
      deal();
    }
    return dealt.remove(dealt.size() - 1);
  }

  private void deal() {
    List<Integer> groups = store.groupSizes();
    for (int group = 0; group < groups.size(); group++) {
      List<Integer> order = new ArrayList<>();
      for (int member = 0; member < groups.get(group); member++) {
        order.add(member);
      }
      Collections.shuffle(order, random);
      int each = store.isDivisible(group) ? size : 1;
      // What is left over has its turn in another order; a group that is too small is one shard.
      int whole = Math.max(1, order.size() / each);
      for (int i = 0; i < whole; i++) {
        List<Integer> members = order.subList(i * each, Math.min(order.size(), (i + 1) * each));
        dealt.add(shard(group, members));
      }
    }
    Collections.shuffle(dealt, random);
  }

  private Shard shard(int group, List<Integer> members) {
    int[] chosen = members.stream().mapToInt(Integer::intValue).toArray();
    return new Shard(group, chosen, chosen.length * store.samplesEach(group));
  }

  /** All members in their order, at most about so many samples, evenly spread. */
  ImmutableList<Shard> ordered(int most) {
    List<Shard> all = new ArrayList<>();
    List<Integer> groups = store.groupSizes();
    for (int group = 0; group < groups.size(); group++) {
      int each = store.isDivisible(group) ? size : 1;
      for (int from = 0; from < groups.get(group); from += each) {
        List<Integer> members = new ArrayList<>();
        for (int i = from; i < Math.min(groups.get(group), from + each); i++) {
          members.add(i);
        }
        all.add(shard(group, members));
      }
    }
    int every = Math.max(1, all.stream().mapToInt(Shard::samples).sum() / Math.max(1, most));
    ImmutableList.Builder<Shard> kept = ImmutableList.builder();
    for (int i = 0; i < all.size(); i += every) {
      kept.add(all.get(i));
    }
    return kept.build();
  }
}
