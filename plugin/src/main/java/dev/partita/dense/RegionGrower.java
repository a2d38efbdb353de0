package dev.partita.dense;

import com.google.common.collect.ImmutableList;
import dev.partita.UnsupportedInputException;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.facts.OperatorFacts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Grows groups of nodes in graph order. A layer whose input is made by a group joins it, else it
 * starts one; a feature-wise node joins when all its computed operands are made by groups, which it
 * thereby makes one.
 *
 * <p>A node that joins a single group keeps it convex, since everything it reads is made inside.
 * Only where two groups become one can a path lead out of the union and back; then the node is left
 * outside and the groups stay apart.
 */
final class RegionGrower {

  /** A region in the making. */
  static final class Group {
    final TreeSet<Integer> nodes = new TreeSet<>();
    final List<DenseLayer> layers = new ArrayList<>();
    final List<DenseLayer> closing = new ArrayList<>();
    final Set<String> entries = new HashSet<>();
  }

  private final GraphIndex index;
  private final Map<Integer, DenseLayer> cut;
  private final Map<Integer, DenseLayer> closing;
  private final Map<String, Group> groupOf = new HashMap<>();
  private final Map<String, Integer> sizeOf = new HashMap<>();
  private final Map<Group, SpaceUnion> spaces = new HashMap<>();
  private final Set<Integer> layerNodes = new HashSet<>();

  RegionGrower(GraphIndex index, LayerSelection selection) {
    this.index = index;
    this.cut = selection.cut();
    this.closing = selection.closing();
  }

  /** All groups, in the order of their first node. */
  List<Group> grow() {
    cut.values().forEach(layer -> layerNodes.addAll(layer.nodes()));
    closing.values().forEach(layer -> layerNodes.addAll(layer.nodes()));
    for (int i = 0; i < index.size(); i++) {
      DenseLayer layer = cut.get(i);
      DenseLayer last = closing.get(i);
      if (layer != null) {
        requireSize(layer);
        join(layer);
      } else if (last != null) {
        requireSize(last);
        Group group = groupOf.get(last.input());
        if (group != null) {
          group.closing.add(last);
        }
      } else if (!layerNodes.contains(i)) {
        joinFeatureWise(i);
      }
    }
    Set<Group> groups = new HashSet<>(groupOf.values());
    return groups.stream()
        .sorted((a, b) -> Integer.compare(a.nodes.first(), b.nodes.first()))
        .toList();
  }

  /** The spaces of a group's values. */
  SpaceUnion spaces(Group group) {
    SpaceUnion union = spaces.get(group);
    if (union == null) {
      throw new IllegalArgumentException("not a group of this grower");
    }
    return union;
  }

  /** The number of features of a value. */
  int size(String value) {
    Integer size = sizeOf.get(value);
    if (size == null) {
      throw new IllegalArgumentException(value + " has no features here");
    }
    return size;
  }

  /** Two layers cannot see different numbers of features in one value. */
  private void requireSize(DenseLayer layer) {
    Integer features = sizeOf.get(layer.input());
    if (features != null && features != layer.in()) {
      throw UnsupportedInputException.at(
          index.model().source().toString(),
          layer.name(),
          "its weight has "
              + layer.in()
              + " input features, and '"
              + layer.input()
              + "' has "
              + features,
          "The shapes contradict each other; export the model again.");
    }
  }

  private void join(DenseLayer layer) {
    Group group = groupOf.get(layer.input());
    if (group == null) {
      group = new Group();
      spaces.put(group, new SpaceUnion());
      group.entries.add(layer.input());
      sizeOf.putIfAbsent(layer.input(), layer.in());
    }
    group.nodes.addAll(layer.nodes());
    group.layers.add(layer);
    spaces(group).add(layer.input());
    makes(group, layer.output(), layer.out());
  }

  private void makes(Group group, String value, int size) {
    groupOf.put(value, group);
    sizeOf.put(value, size);
    spaces(group).add(value);
  }

  private void joinFeatureWise(int position) {
    ImmutableList<String> operands = FeatureWise.operands(index, position);
    if (operands == null || !operands.stream().allMatch(groupOf::containsKey)) {
      return;
    }
    int size = size(operands.get(0));
    if (operands.stream().anyMatch(value -> size(value) != size)
        || !FeatureWise.constantsFit(index, position, size, rank(operands))) {
      return;
    }
    Set<Group> groups = new HashSet<>();
    operands.forEach(value -> groups.add(group(value)));
    boolean ranksMatter = index.model().opset() < OperatorFacts.NEGATIVE_AXES_SINCE;
    if (ranksMatter && !keepsRank(position, groups)) {
      return;
    }
    if (groups.size() > 1 && !staysConvex(groups)) {
      return;
    }
    Group group = merge(groups);
    SpaceUnion union = spaces(group);
    operands.forEach(value -> union.union(operands.get(0), value));
    group.nodes.add(position);
    String output = index.node(position).getOutput(0);
    makes(group, output, size);
    union.union(operands.get(0), output);
  }

  private Group group(String value) {
    Group group = groupOf.get(value);
    if (group == null) {
      throw new IllegalArgumentException(value + " is made by no group");
    }
    return group;
  }

  private int rank(ImmutableList<String> operands) {
    return operands.stream().mapToInt(value -> Weights.rank(index, value)).max().orElse(0);
  }

  /**
   * Whether a node makes a value of the rank that all its groups have: where the last axis has to
   * be written as a number, it has to be the same one throughout a region.
   */
  private boolean keepsRank(int position, Set<Group> groups) {
    Set<Integer> ranks = new HashSet<>();
    groups.forEach(group -> group.layers.forEach(layer -> ranks.add(layer.rank())));
    return ranks.size() == 1
        && index.node(position).getInputList().stream()
            .map(value -> value.isEmpty() ? null : index.constant(value))
            .allMatch(
                tensor ->
                    tensor == null || ranks.stream().allMatch(r -> tensor.getDimsCount() <= r));
  }

  private boolean staysConvex(Set<Group> groups) {
    TreeSet<Integer> members = new TreeSet<>();
    groups.forEach(group -> members.addAll(group.nodes));
    int first = members.first();
    int last = members.last();
    Set<String> tainted = new HashSet<>();
    for (int i = first; i <= last; i++) {
      boolean member = members.contains(i);
      boolean reached =
          index.reads(i).stream()
              .anyMatch(value -> tainted.contains(value) || (!member && isMadeBy(members, value)));
      if (member && reached) {
        return false;
      }
      if (reached) {
        tainted.addAll(index.node(i).getOutputList());
      }
    }
    return true;
  }

  private boolean isMadeBy(Set<Integer> members, String value) {
    return index.producer(value).isPresent() && members.contains(index.producer(value).getAsInt());
  }

  private Group merge(Set<Group> groups) {
    List<Group> ordered =
        groups.stream()
            .sorted((a, b) -> Integer.compare(a.nodes.first(), b.nodes.first()))
            .toList();
    Group into = ordered.get(0);
    for (Group other : ordered.subList(1, ordered.size())) {
      into.nodes.addAll(other.nodes);
      into.layers.addAll(other.layers);
      into.closing.addAll(other.closing);
      into.entries.addAll(other.entries);
      spaces(into).addAll(spaces(other));
      groupOf.replaceAll((value, group) -> group.equals(other) ? into : group);
      spaces.remove(other);
    }
    return into;
  }
}
