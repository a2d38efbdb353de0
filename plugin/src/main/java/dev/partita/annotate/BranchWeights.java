package dev.partita.annotate;

import com.google.common.collect.ImmutableMap;
import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.Target;
import dev.partita.rewrite.EmittedNode;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How many weights each accelerator reads in a run, on which the bandwidth of its memory may
 * depend. Counts what was emitted; layers that were left alone have no figures.
 *
 * @param byAccelerator weights of its products
 */
record BranchWeights(ImmutableMap<Integer, Long> byAccelerator) {

  static BranchWeights of(Stream<EmittedNode> emitted) {
    return new BranchWeights(
        ImmutableMap.copyOf(
            emitted
                .filter(node -> node.role() == EmittedNode.Role.PRODUCT)
                .collect(
                    Collectors.groupingBy(
                        node -> Math.max(0, node.branch()),
                        Collectors.summingLong(node -> (long) node.in() * node.out())))));
  }

  /** A target with the bandwidth that it has for a node: by what its accelerator, or all, read. */
  Target target(Target target, EmittedNode node, DramSharing sharing) {
    long weights =
        byAccelerator.entrySet().stream()
            .filter(
                entry ->
                    sharing == DramSharing.SHARED || entry.getKey() == Math.max(0, node.branch()))
            .mapToLong(Map.Entry::getValue)
            .sum();
    return target.forWorkingSet(weights * target.weightBits() / Byte.SIZE);
  }
}
