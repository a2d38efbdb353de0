package dev.partita.partition;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.List;

/**
 * Which branch owns which feature, for every assigned space of a region. Indices only.
 *
 * @param branches P
 * @param strategy how the plan was made
 * @param members for each space the features of each branch, ascending; an empty list for a space
 *     that is not assigned
 * @param retainedImportance importance of the kept weights over that of all weights of the layers
 *     that are cut, 0 to 1
 * @param lossless whether every weight that is dropped is zero, by the way the plan was made: the
 *     result has to equal the original, and nothing is repaired. False where weights may be lost,
 *     so that a gate decides
 */
public record PartitionPlan(
    int branches,
    String strategy,
    ImmutableList<ImmutableList<ImmutableIntArray>> members,
    double retainedImportance,
    boolean lossless) {

  /** Whether each feature of a space belongs to one branch. */
  public boolean isAssigned(int space) {
    return !members.get(space).isEmpty();
  }

  /** The features of a branch, ascending; only for an assigned space. */
  public int[] features(int space, int branch) {
    return members.get(space).get(branch).toArray();
  }

  /** How many features a branch has; only for an assigned space. */
  public int blockSize(int space, int branch) {
    return members.get(space).get(branch).length();
  }

  /** All features of an assigned space in the order in which the branches' results are joined. */
  public int[] order(int space) {
    return members.get(space).stream().flatMapToInt(ImmutableIntArray::stream).toArray();
  }

  /** Whether that order is the natural one. */
  public boolean isNatural(int space) {
    int[] order = order(space);
    for (int i = 0; i < order.length; i++) {
      if (order[i] != i) {
        return false;
      }
    }
    return true;
  }

  /** The position of each feature in {@link #order}. */
  public int[] inverseOrder(int space) {
    int[] order = order(space);
    int[] inverse = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      inverse[order[i]] = i;
    }
    return inverse;
  }

  /** A plan that may lose weights. */
  static PartitionPlan of(
      int branches, String strategy, List<int[]> ownersOfSpaces, double retainedImportance) {
    return new PartitionPlan(
        branches, strategy, members(branches, ownersOfSpaces), retainedImportance, false);
  }

  /** A plan whose branches share no weight that is not zero. */
  static PartitionPlan lossless(int branches, String strategy, List<int[]> ownersOfSpaces) {
    return new PartitionPlan(branches, strategy, members(branches, ownersOfSpaces), 1, true);
  }

  private static ImmutableList<ImmutableList<ImmutableIntArray>> members(
      int branches, List<int[]> ownersOfSpaces) {
    List<ImmutableList<ImmutableIntArray>> all = new ArrayList<>();
    for (int[] owners : ownersOfSpaces) {
      if (owners.length == 0) {
        all.add(ImmutableList.of());
        continue;
      }
      List<ImmutableIntArray.Builder> builders = new ArrayList<>();
      for (int branch = 0; branch < branches; branch++) {
        builders.add(ImmutableIntArray.builder());
      }
      for (int feature = 0; feature < owners.length; feature++) {
        builders.get(owners[feature]).add(feature);
      }
      all.add(
          builders.stream()
              .map(ImmutableIntArray.Builder::build)
              .collect(ImmutableList.toImmutableList()));
    }
    return ImmutableList.copyOf(all);
  }
}
