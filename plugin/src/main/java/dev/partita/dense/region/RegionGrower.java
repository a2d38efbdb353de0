package dev.partita.dense.region;

import com.google.common.collect.ImmutableList;
import dev.partita.UnsupportedInputException;
import dev.partita.dense.find.ConstantSource;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.FeatureAxis;
import dev.partita.dense.find.FeatureWise;
import dev.partita.dense.find.Ranks;
import dev.partita.dense.find.SideOperand;
import dev.partita.dense.select.FinderOptions;
import dev.partita.dense.select.Selection;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.facts.OperatorFacts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Grows groups of nodes in graph order. A layer whose input is made by a group joins it, else it
 * starts one; a feature-wise node joins when all its computed operands are made by groups, which it
 * thereby makes one.
 *
 * <p>A node that joins a single group keeps it convex, since everything it reads is made inside.
 * Only where two groups become one can a path lead out of the union and back; then the node is left
 * outside and the groups stay apart. Likewise where a node reads one number from outside that is
 * computed from what the group makes.
 */
final class RegionGrower {

  /** A region in the making. */
  static final class Group {
    final TreeSet<Integer> nodes = new TreeSet<>();
    final List<DenseLayer> layers = new ArrayList<>();
    final List<DenseLayer> closing = new ArrayList<>();
    final Set<String> entries = new HashSet<>();
    final SpaceUnion spaces = new SpaceUnion();
    private final Map<String, Features> features = new HashMap<>();

    /** Where a value of the group has its features, and how many. */
    Features features(String value) {
      Features found = features.get(value);
      if (found == null) {
        throw new IllegalArgumentException(value + " has no features here");
      }
      return found;
    }

    private void put(String value, Features its) {
      features.put(value, its);
      spaces.add(value);
    }
  }

  /**
   * Features of a value.
   *
   * @param axis from the end
   * @param size how many there are
   */
  record Features(int axis, int size) {

    // As in FeatureAxis.
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Features that && axis == that.axis && size == that.size;
    }

    @Override
    public int hashCode() {
      return 31 * axis + size;
    }
  }

  private final GraphIndex index;
  private final FinderOptions options;
  private final Map<Integer, DenseLayer> cut;
  private final Map<Integer, DenseLayer> closing;
  private final Map<String, Group> groupOf = new HashMap<>();
  private final Map<FeatureAxis, Integer> sizes = new HashMap<>();
  private final Set<Integer> layerNodes = new HashSet<>();
  private final Ranks ranks;

  RegionGrower(GraphIndex index, Selection selection, Ranks ranks, FinderOptions options) {
    this.index = index;
    this.options = options;
    this.cut = selection.cut();
    this.closing = selection.closing();
    this.ranks = ranks;
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
        if (group != null && group.features(last.input()).axis() == last.from().axis()) {
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

  /** Two layers cannot see different numbers of features on one axis of a value. */
  private void requireSize(DenseLayer layer) {
    require(layer, layer.from(), layer.in());
    require(layer, layer.to(), layer.out());
  }

  private void require(DenseLayer layer, FeatureAxis features, int size) {
    Integer before = sizes.putIfAbsent(features, size);
    Group group = groupOf.get(features.value());
    if (before == null && group != null) {
      Features known = group.features(features.value());
      before = known.axis() == features.axis() ? known.size() : size;
    }
    if (before != null && before != size) {
      throw UnsupportedInputException.at(
          index.model().source().toString(),
          layer.name(),
          "it has " + size + " features in '" + features.value() + "', which has " + before,
          "The shapes contradict each other; export the model again.");
    }
  }

  private void join(DenseLayer layer) {
    Group group = groupOf.get(layer.input());
    Features needed = new Features(layer.from().axis(), layer.in());
    if (group == null
        || !group.features(layer.input()).equals(needed)
        || !FeatureSpace.canDeal(layer.in(), layer.weight().granule(), options)) {
      // What it reads is an entry, all of which every branch may have.
      group = new Group();
      group.entries.add(layer.input());
      group.put(layer.input(), needed);
    }
    group.nodes.addAll(layer.nodes());
    group.layers.add(layer);
    makes(group, layer.output(), new Features(layer.to().axis(), layer.out()));
  }

  private void makes(Group group, String value, Features features) {
    groupOf.put(value, group);
    group.put(value, features);
  }

  private void joinFeatureWise(int position) {
    ImmutableList<String> operands = FeatureWise.operands(index, position);
    if (operands == null) {
      return;
    }
    List<String> inside = operands.stream().filter(groupOf::containsKey).toList();
    OptionalInt side = OptionalInt.empty();
    if (inside.size() == 1 && operands.size() == 2) {
      String other = operands.get(inside.get(0).equals(operands.get(0)) ? 1 : 0);
      Features features = group(inside.get(0)).features(inside.get(0));
      side = SideOperand.find(index, position, other, features.axis(), features.size());
    }
    if (inside.isEmpty() || (inside.size() < operands.size() && side.isEmpty())) {
      return;
    }
    Features features = group(inside.get(0)).features(inside.get(0));
    if (inside.stream().anyMatch(value -> !group(value).features(value).equals(features))) {
      return;
    }
    int axis = FeatureWise.outputAxis(index, ranks, position, features.axis(), features.size());
    String output = index.node(position).getOutput(0);
    boolean ranksMatter = index.model().opset() < OperatorFacts.NEGATIVE_AXES_SINCE;
    if (axis == 0 || (ranksMatter && ranks.of(output) == 0)) {
      return;
    }
    Set<Group> groups = new HashSet<>();
    inside.forEach(value -> groups.add(group(value)));
    if (comesBack(groups, position) || !fitTogether(groups)) {
      return;
    }
    if (groups.size() > 1 && !staysConvex(groups)) {
      return;
    }
    Group group = merge(groups);
    if (side.isPresent()) {
      String made = index.node(side.getAsInt()).getOutput(0);
      group.nodes.add(side.getAsInt());
      makes(group, made, features);
      group.spaces.union(inside.get(0), made);
    }
    inside.forEach(value -> group.spaces.union(inside.get(0), value));
    group.nodes.add(position);
    makes(group, output, new Features(axis, features.size()));
    group.spaces.union(inside.get(0), output);
  }

  private Group group(String value) {
    Group group = groupOf.get(value);
    if (group == null) {
      throw new IllegalArgumentException(value + " is made by no group");
    }
    return group;
  }

  /** Whether an operand from outside, one number for all, is computed from what a group makes. */
  private boolean comesBack(Set<Group> groups, int position) {
    List<String> outside =
        index.reads(position).stream()
            .filter(value -> !groupOf.containsKey(value) || !groups.contains(group(value)))
            .filter(value -> index.producer(value).isPresent())
            .filter(value -> ConstantSource.of(index, value) == null)
            .toList();
    if (outside.isEmpty()) {
      return false;
    }
    Set<Integer> before = index.ancestors(outside);
    return groups.stream().anyMatch(group -> group.nodes.stream().anyMatch(before::contains));
  }

  /** Whether values that several groups read have their features at one place. */
  private static boolean fitTogether(Set<Group> groups) {
    Map<String, Features> all = new HashMap<>();
    for (Group group : groups) {
      for (Map.Entry<String, Features> entry : group.features.entrySet()) {
        Features before = all.putIfAbsent(entry.getKey(), entry.getValue());
        if (before != null && !before.equals(entry.getValue())) {
          return false;
        }
      }
    }
    return true;
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
      into.features.putAll(other.features);
      into.spaces.addAll(other.spaces);
      groupOf.replaceAll((value, group) -> group.equals(other) ? into : group);
    }
    return into;
  }
}
