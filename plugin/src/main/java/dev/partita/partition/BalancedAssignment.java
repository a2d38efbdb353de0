package dev.partita.partition;

import java.util.Arrays;

/**
 * Gives each item to one bin so that every bin is full and the sum of the items' scores is as high
 * as it gets: items that lose most by their second choice go first, then pairs of items in
 * different bins swap while that gains ({@link #swap}), then items move around longer cycles of
 * bins ({@link AssignmentCycles}). Given the bins' capacities this is a transportation problem, of
 * which an assignment that no cycle improves is a solution.
 */
final class BalancedAssignment {

  private static final int MAX_ROUNDS = 8;

  private BalancedAssignment() {}

  /**
   * Assigns items to bins.
   *
   * @param scores {@code [items * bins]}, what an item is worth in each bin
   * @param capacities how many items each bin takes; their sum is the number of items
   * @return the bin of each item
   */
  static int[] assign(double[] scores, int[] capacities) {
    int bins = capacities.length;
    int items = scores.length / bins;
    int[] owner = greedy(scores, items, capacities.clone());
    for (int round = 0; round < MAX_ROUNDS; round++) {
      boolean changed = false;
      for (int a = 0; a < bins; a++) {
        for (int b = a + 1; b < bins; b++) {
          changed |= swap(scores, owner, a, b, bins);
        }
      }
      if (!changed) {
        break;
      }
    }
    if (bins > 2) {
      new AssignmentCycles(scores, owner, bins).cancel();
    }
    return owner;
  }

  /**
   * As {@link #assign}, from an assignment that is not far from the best: bins stay as full as they
   * are.
   */
  static int[] improve(double[] scores, int[] start, int bins) {
    int[] owner = start.clone();
    new AssignmentCycles(scores, owner, bins).cancel();
    return owner;
  }

  private static int[] greedy(double[] scores, int items, int[] free) {
    int bins = free.length;
    long[] order = new long[items];
    for (int i = 0; i < items; i++) {
      double best = Double.NEGATIVE_INFINITY;
      double second = Double.NEGATIVE_INFINITY;
      for (int b = 0; b < bins; b++) {
        double score = scores[i * bins + b];
        if (score > best) {
          second = best;
          best = score;
        } else if (score > second) {
          second = score;
        }
      }
      order[i] = key(bins == 1 ? 0 : second - best, i);
    }
    Arrays.sort(order);
    int[] owner = new int[items];
    for (long key : order) {
      int item = item(key);
      int choice = -1;
      for (int b = 0; b < bins; b++) {
        if (free[b] > 0 && (choice < 0 || scores[item * bins + b] > scores[item * bins + choice])) {
          choice = b;
        }
      }
      owner[item] = choice;
      free[choice]--;
    }
    return owner;
  }

  /** Swaps the items of two bins that gain most, as long as a pair gains together. */
  private static boolean swap(double[] scores, int[] owner, int a, int b, int bins) {
    long[] inA = sortedByLoss(scores, owner, a, b, bins);
    long[] inB = sortedByLoss(scores, owner, b, a, bins);
    boolean changed = false;
    for (int i = 0; i < Math.min(inA.length, inB.length); i++) {
      int first = item(inA[i]);
      int second = item(inB[i]);
      double before = scores[first * bins + a] + scores[second * bins + b];
      double after = scores[first * bins + b] + scores[second * bins + a];
      if (after <= before + 1e-9 * Math.abs(before)) {
        break;
      }
      owner[first] = b;
      owner[second] = a;
      changed = true;
    }
    return changed;
  }

  private static long[] sortedByLoss(double[] scores, int[] owner, int from, int to, int bins) {
    long[] keys = new long[owner.length];
    int count = 0;
    for (int i = 0; i < owner.length; i++) {
      if (owner[i] == from) {
        keys[count++] = key(scores[i * bins + from] - scores[i * bins + to], i);
      }
    }
    long[] sorted = Arrays.copyOf(keys, count);
    Arrays.sort(sorted);
    return sorted;
  }

  /** A number and an item as one, in the order of the numbers (as floats) and then of the items. */
  static long key(double value, int item) {
    int bits = Float.floatToRawIntBits((float) value);
    int ordered = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
    return ((long) ordered << Integer.SIZE) | item;
  }

  /** The item of a {@link #key}. */
  static int item(long key) {
    return (int) key;
  }
}
