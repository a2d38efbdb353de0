package dev.partita.dense.region;

import dev.partita.dense.find.ConstantSource;
import dev.partita.dense.region.LeftOutside.Reason;
import dev.partita.model.GraphIndex;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Whether groups may become one with a node that reads values of all of them. */
final class GroupUnion {

  private GroupUnion() {}

  /** Why they may not; null where they may. */
  static @Nullable LeftOutside obstacle(GraphIndex index, Set<Group> groups, int position) {
    if (comesBack(index, groups, position)) {
      return new LeftOutside(
          position, Reason.COMES_BACK, "It reads a value that is computed from the region.");
    }
    if (!groups.stream().allMatch(group -> groups.stream().allMatch(group::fits))) {
      return new LeftOutside(
          position,
          Reason.REGIONS_DISAGREE,
          "The regions that it reads have the features of a value on different axes.");
    }
    return groups.size() == 1 || staysConvex(index, groups)
        ? null
        : new LeftOutside(
            position,
            Reason.NOT_CONVEX,
            "A path leads from the regions that it reads through other nodes and back.");
  }

  /** Whether an operand from outside, one number for all, is computed from what a group makes. */
  private static boolean comesBack(GraphIndex index, Set<Group> groups, int position) {
    List<String> outside =
        index.reads(position).stream()
            .filter(value -> groups.stream().noneMatch(group -> group.makes(index, value)))
            .filter(value -> index.producer(value).isPresent())
            .filter(value -> ConstantSource.of(index, value) == null)
            .toList();
    if (outside.isEmpty()) {
      return false;
    }
    Set<Integer> before = index.ancestors(outside);
    return groups.stream().anyMatch(group -> group.nodes.stream().anyMatch(before::contains));
  }

  private static boolean staysConvex(GraphIndex index, Set<Group> groups) {
    TreeSet<Integer> members = new TreeSet<>();
    groups.forEach(group -> members.addAll(group.nodes));
    Set<String> tainted = new HashSet<>();
    for (int i = members.first(); i <= members.last(); i++) {
      boolean member = members.contains(i);
      boolean reached =
          index.reads(i).stream()
              .anyMatch(
                  value ->
                      tainted.contains(value)
                          || (!member
                              && groups.stream().anyMatch(group -> group.makes(index, value))));
      if (member && reached) {
        return false;
      }
      if (reached) {
        tainted.addAll(index.node(i).getOutputList());
      }
    }
    return true;
  }
}
