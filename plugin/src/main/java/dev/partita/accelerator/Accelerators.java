package dev.partita.accelerator;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import java.util.stream.IntStream;

/**
 * The accelerators of a target one by one, equal or not.
 *
 * @param target the target, whose clock all times are given in and whose link all share
 * @param each what each accelerator is; one and the same where they are equal
 */
record Accelerators(Target target, ImmutableList<Target> each) {

  static Accelerators of(Target target) {
    return new Accelerators(
        target,
        IntStream.range(0, target.accelerators())
            .mapToObj(target::accelerator)
            .collect(ImmutableList.toImmutableList()));
  }

  int size() {
    return each.size();
  }

  /** One of them. */
  Target get(int accelerator) {
    return each.get(accelerator);
  }

  /** The first that is equal to one of them. */
  int firstLike(int accelerator) {
    return areEqual() ? 0 : each.indexOf(get(accelerator));
  }

  boolean areEqual() {
    return target.overrides().isEmpty();
  }

  /** The same, each with the bandwidth that its memory has for a working set. */
  Accelerators forWorkingSet(long bytes) {
    return new Accelerators(
        target,
        each.stream()
            .map(one -> one.forWorkingSet(bytes))
            .collect(ImmutableList.toImmutableList()));
  }

  /** What one accelerator takes for a product. */
  Work work(int accelerator, Product product, int dramShare) {
    return Work.of(get(accelerator), target.clockMhz(), product, dramShare);
  }

  /** How many accelerators divide the DRAM bandwidth when so many are busy. */
  static int share(DramSharing sharing, int busy) {
    return switch (sharing) {
      case PRIVATE -> 1;
      case SHARED -> Math.max(1, busy);
    };
  }

  /** The indices that differ: one where all are equal, else every one. */
  Iterable<Integer> distinct() {
    Iterable<Integer> all = IntStream.range(0, size()).boxed().toList();
    return areEqual() ? Iterables.limit(all, 1) : all;
  }
}
