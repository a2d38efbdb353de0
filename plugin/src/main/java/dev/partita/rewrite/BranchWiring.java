package dev.partita.rewrite;

import dev.partita.model.Nodes;
import dev.partita.onnx.NodeProto;
import dev.partita.rewrite.EmittedNode.Role;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The nodes at the two ends of the branches: a Gather of each branch's features of an entry (a
 * Slice where they are contiguous, one Split where those of every branch are), and the Concat that
 * joins an exit (with a Gather that restores the order where it is not natural).
 */
final class BranchWiring {

  private final Emission emission;

  BranchWiring(Emission emission) {
    this.emission = emission;
  }

  /**
   * Emits what takes the features of each branch of an entry, and returns the values that hold
   * them.
   *
   * @param features of each branch, ascending; together all that the entry has
   */
  List<String> enter(int position, String entry, int axis, String origin, List<int[]> features) {
    if (features.size() > 1 && features.stream().allMatch(BranchWiring::isContiguous)) {
      return split(position, entry, axis, origin, features);
    }
    return IntStream.range(0, features.size())
        .mapToObj(branch -> take(position, entry, axis, origin, branch, features.get(branch)))
        .toList();
  }

  private static boolean isContiguous(int[] features) {
    return features[features.length - 1] - features[0] == features.length - 1;
  }

  /**
   * Not a Slice for each branch, though both are the same: ONNX Runtime makes a Split of Slices
   * that cover a value, and releases up to 1.18 at least then give the list of its sizes a name
   * that a model which ONNX Runtime has optimized before has already, and refuse it.
   */
  private List<String> split(
      int position, String entry, int axis, String origin, List<int[]> features) {
    List<int[]> ordered =
        features.stream().sorted(Comparator.comparingInt(block -> block[0])).toList();
    List<String> values = new ArrayList<>(Collections.nCopies(features.size(), ""));
    for (int branch = 0; branch < features.size(); branch++) {
      values.set(branch, emission.fresh(entry + "/branch" + branch));
    }
    List<String> outputs =
        ordered.stream().map(block -> values.get(features.indexOf(block))).toList();
    long[] sizes = ordered.stream().mapToLong(block -> block.length).toArray();
    String name = emission.fresh(origin + "/entry");
    NodeProto.Builder node =
        emission
            .set()
            .split(entry, emission.axis(axis, entry), sizes, emission.constants(position, entry));
    emission.node(
        position,
        node.setName(name).addAllOutput(outputs).build(),
        -1,
        origin,
        Role.ENTRY,
        (int) Arrays.stream(sizes).sum());
    return values;
  }

  private String take(
      int position, String entry, int axis, String origin, int branch, int[] features) {
    String value = emission.fresh(entry + "/branch" + branch);
    String name = emission.fresh(origin + "/branch" + branch + "/entry");
    NodeProto node;
    if (isContiguous(features)) {
      int end = features[features.length - 1] + 1;
      node =
          emission
              .set()
              .slice(
                  entry,
                  emission.axis(axis, entry),
                  features[0],
                  end,
                  emission.constants(position, value))
              .setName(name)
              .addOutput(value)
              .build();
    } else {
      String indices = emission.indices(position, value + "/features", features);
      node =
          Nodes.of(
              "Gather",
              name,
              List.of(entry, indices),
              value,
              Nodes.ofInt("axis", emission.axis(axis, entry)));
    }
    emission.node(position, node, branch, origin, Role.ENTRY, features.length);
    return value;
  }

  /** Joins the branches' parts of a value under the given name. */
  void join(int position, List<String> parts, String origin, String value, int size, long axis) {
    NodeProto node =
        Nodes.of(
            "Concat", emission.fresh(origin + "/concat"), parts, value, Nodes.ofInt("axis", axis));
    emission.node(position, node, -1, origin, Role.CONCAT, size);
  }

  /** Puts joined features back into their order under the given name. */
  void restore(
      int position, String joined, String origin, String value, int[] inverseOrder, long axis) {
    String indices = emission.indices(position, value + "/order", inverseOrder);
    NodeProto node =
        Nodes.of(
            "Gather",
            emission.fresh(origin + "/order"),
            List.of(joined, indices),
            value,
            Nodes.ofInt("axis", axis));
    emission.node(position, node, -1, origin, Role.RESTORE, inverseOrder.length);
  }
}
