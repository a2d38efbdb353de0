package dev.partita.dense.region;

import com.google.common.collect.ImmutableList;
import dev.partita.UnsupportedInputException;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.FeatureAxis;
import dev.partita.dense.find.FeatureWise;
import dev.partita.dense.find.Ranks;
import dev.partita.dense.find.SideOperand;
import dev.partita.dense.region.Group.Features;
import dev.partita.dense.region.LeftOutside.Reason;
import dev.partita.dense.select.FinderOptions;
import dev.partita.dense.select.Selection;
import dev.partita.dense.select.Skipped;
import dev.partita.model.GraphIndex;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
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

  private final GraphIndex index;
  private final FinderOptions options;
  private final Selection selection;
  private final Map<String, Group> groupOf = new HashMap<>();
  private final Map<FeatureAxis, Integer> sizes = new HashMap<>();
  private final Set<Integer> layerNodes = new HashSet<>();
  private final Ranks ranks;

  RegionGrower(GraphIndex index, Selection selection, Ranks ranks, FinderOptions options) {
    this.index = index;
    this.options = options;
    this.selection = selection;
    this.ranks = ranks;
  }

  /** All groups, in the order of their first node. */
  List<Group> grow() {
    selection.cut().values().forEach(layer -> layerNodes.addAll(layer.nodes()));
    selection.closing().values().forEach(layer -> layerNodes.addAll(layer.nodes()));
    for (int i = 0; i < index.size(); i++) {
      DenseLayer layer = selection.cut().get(i);
      DenseLayer last = selection.closing().get(i);
      Skipped skipped = selection.skipped().get(i);
      LeftOutside left = null;
      if (layer != null) {
        requireSize(layer);
        left = join(layer);
      } else if (last != null) {
        requireSize(last);
        left = close(last);
      } else if (skipped != null) {
        left = new LeftOutside(i, Reason.LEFT_ALONE, "It is left alone: " + skipped.reason() + ".");
      } else if (!layerNodes.contains(i)) {
        left = joinFeatureWise(i);
      }
      if (left != null) {
        leave(left);
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
          "The shapes are inconsistent; export the model again.");
    }
  }

  /** Keeps why a node belongs to none of the groups whose values it reads. */
  private void leave(LeftOutside left) {
    for (String value : index.reads(left.node())) {
      Group group = groupOf.get(value);
      if (group != null) {
        group.outside.put(left.node(), left);
      }
    }
  }

  private @Nullable LeftOutside close(DenseLayer last) {
    Group group = groupOf.get(last.input());
    if (group == null || group.features(last.input()).axis() != last.from().axis()) {
      return otherAxis(last);
    }
    group.closing.add(last);
    return null;
  }

  private static LeftOutside otherAxis(DenseLayer layer) {
    return new LeftOutside(
        layer.key().node(),
        Reason.OTHER_FEATURES,
        "It reduces an axis that is not the feature axis.");
  }

  private @Nullable LeftOutside join(DenseLayer layer) {
    Group group = groupOf.get(layer.input());
    Features needed = new Features(layer.from().axis(), layer.in());
    LeftOutside left = null;
    if (group == null || !group.features(layer.input()).equals(needed)) {
      left = otherAxis(layer);
    } else if (!FeatureSpace.canDeal(layer.in(), layer.weight().granule(), options)) {
      left =
          new LeftOutside(
              layer.key().node(),
              Reason.TOO_FEW_INPUTS,
              "Its %d inputs are too few for a block on every accelerator.".formatted(layer.in()));
    }
    if (group == null || left != null) {
      // What it reads is an entry, all of which every branch may have.
      group = new Group();
      group.entries.add(layer.input());
      group.put(layer.input(), needed);
    }
    group.nodes.addAll(layer.nodes());
    group.layers.add(layer);
    makes(group, layer.output(), new Features(layer.to().axis(), layer.out()));
    return left;
  }

  private void makes(Group group, String value, Features features) {
    groupOf.put(value, group);
    group.put(value, features);
  }

  private @Nullable LeftOutside joinFeatureWise(int position) {
    ImmutableList<String> operands = FeatureWise.operands(index, position);
    if (operands == null) {
      return new LeftOutside(
          position,
          Reason.MIXES_FEATURES,
          index.operator(position) + " combines features, or is not known to keep them separate.");
    }
    List<String> inside = operands.stream().filter(groupOf::containsKey).toList();
    OptionalInt side = OptionalInt.empty();
    if (inside.size() == 1 && operands.size() == 2) {
      String other = operands.get(inside.get(0).equals(operands.get(0)) ? 1 : 0);
      Features features = group(inside.get(0)).features(inside.get(0));
      side = SideOperand.find(index, position, other, features.axis(), features.size());
    }
    if (inside.isEmpty() || (inside.size() < operands.size() && side.isEmpty())) {
      return new LeftOutside(
          position, Reason.OPERAND_OUTSIDE, "Another operand is computed outside the region.");
    }
    Features features = group(inside.get(0)).features(inside.get(0));
    if (inside.stream().anyMatch(value -> !group(value).features(value).equals(features))) {
      return new LeftOutside(
          position,
          Reason.OTHER_FEATURES,
          "Its operands do not have their features on the same axis.");
    }
    int axis = FeatureWise.outputAxis(index, ranks, position, features.axis(), features.size());
    String output = index.node(position).getOutput(0);
    boolean ranksMatter = !index.model().operatorSet().allowsNegativeAxes();
    if (axis == 0) {
      return new LeftOutside(
          position,
          Reason.FEATURES_SPREAD,
          "Its result does not have its features on a single axis.");
    }
    if (ranksMatter && ranks.of(output) == 0) {
      return new LeftOutside(
          position,
          Reason.UNKNOWN_RANK,
          "The rank of '%s' is unknown, and opset %d requires it."
              .formatted(output, index.model().opset()));
    }
    Set<Group> groups = new HashSet<>();
    inside.forEach(value -> groups.add(group(value)));
    LeftOutside apart = GroupUnion.obstacle(index, groups, position);
    if (apart != null) {
      return apart;
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
    return null;
  }

  private Group group(String value) {
    Group group = groupOf.get(value);
    if (group == null) {
      throw new IllegalArgumentException(value + " is made by no group");
    }
    return group;
  }

  private Group merge(Set<Group> groups) {
    List<Group> ordered =
        groups.stream()
            .sorted((a, b) -> Integer.compare(a.nodes.first(), b.nodes.first()))
            .toList();
    Group into = ordered.get(0);
    for (Group other : ordered.subList(1, ordered.size())) {
      into.takeIn(other);
      groupOf.replaceAll((value, group) -> group.equals(other) ? into : group);
    }
    return into;
  }
}
