package dev.partita.rewrite;

import dev.partita.model.Nodes;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.facts.OperatorFacts;
import dev.partita.rewrite.EmittedNode.Role;
import java.util.List;

/**
 * The nodes at the two ends of the branches: a Gather of each branch's features of an entry (a
 * Slice where they are contiguous), and the Concat that joins an exit (with a Gather that restores
 * the order where it is not natural).
 */
final class BranchWiring {

  private final Emission emission;

  BranchWiring(Emission emission) {
    this.emission = emission;
  }

  /** Emits what takes one branch's features of an entry, and returns the value they stand in. */
  String enter(int position, String entry, int axis, String origin, int branch, int[] features) {
    String value = emission.fresh(entry + "/branch" + branch);
    String name = emission.fresh(origin + "/branch" + branch + "/entry");
    boolean contiguous = features[features.length - 1] - features[0] == features.length - 1;
    NodeProto node;
    if (contiguous) {
      node = slice(position, entry, name, value, features, emission.axis(axis, entry));
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
    emission.node(position, node, branch, origin, Role.ENTRY, 0, features.length);
    return value;
  }

  private NodeProto slice(
      int position, String entry, String name, String value, int[] features, long axis) {
    int first = features[0];
    int end = features[features.length - 1] + 1;
    if (emission.index().model().opset() < OperatorFacts.SLICE_INPUTS_SINCE) {
      return Nodes.of(
          "Slice",
          name,
          List.of(entry),
          value,
          Nodes.ofInts("axes", axis),
          Nodes.ofInts("starts", first),
          Nodes.ofInts("ends", end));
    }
    return Nodes.of(
        "Slice",
        name,
        List.of(
            entry,
            emission.indices(position, value + "/start", new int[] {first}),
            emission.indices(position, value + "/end", new int[] {end}),
            emission.indices(position, value + "/axis", new int[] {(int) axis})),
        value);
  }

  /** Joins the branches' parts of a value under the given name. */
  void join(int position, List<String> parts, String origin, String value, int size, long axis) {
    NodeProto node =
        Nodes.of(
            "Concat", emission.fresh(origin + "/concat"), parts, value, Nodes.ofInt("axis", axis));
    emission.node(position, node, -1, origin, Role.CONCAT, 0, size);
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
    emission.node(position, node, -1, origin, Role.RESTORE, 0, inverseOrder.length);
  }
}
