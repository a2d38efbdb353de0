package dev.partita.partition;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Gives each item to one bin so that every bin is full and the sum of the items' scores is high:
 * items that lose most by their second choice go first, then pairs of items in different bins swap
 * while that gains. Given the bins' capacities this is a transportation problem; no pair of items
 * can do better by swapping when this ends.
 */
final class BalancedAssignment {

  private static final int MAX_ROUNDS = 50;

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
    return owner;
  }

  private static int[] greedy(double[] scores, int items, int[] free) {
    int bins = free.length;
    double[] regret = new double[items];
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
      regret[i] = bins == 1 ? 0 : best - second;
    }
    int[] owner = new int[items];
    int[] order =
        IntStream.range(0, items)
            .boxed()
            .sorted(Comparator.<Integer>comparingDouble(i -> -regret[i]).thenComparing(i -> i))
            .mapToInt(Integer::intValue)
            .toArray();
    for (int item : order) {
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
    int[] inA = sortedByGain(scores, owner, a, b, bins);
    int[] inB = sortedByGain(scores, owner, b, a, bins);
    boolean changed = false;
    for (int i = 0; i < Math.min(inA.length, inB.length); i++) {
      double before = scores[inA[i] * bins + a] + scores[inB[i] * bins + b];
      double after = scores[inA[i] * bins + b] + scores[inB[i] * bins + a];
      if (after <= before + 1e-9 * Math.abs(before)) {
        break;
      }
      owner[inA[i]] = b;
      owner[inB[i]] = a;
      changed = true;
    }
    return changed;
  }

  private static int[] sortedByGain(double[] scores, int[] owner, int from, int to, int bins) {
    Integer[] items =
        IntStream.range(0, owner.length)
            .filter(i -> owner[i] == from)
            .boxed()
            .toArray(Integer[]::new);
    Arrays.sort(
        items,
        Comparator.<Integer>comparingDouble(i -> scores[i * bins + from] - scores[i * bins + to])
            .thenComparing(i -> i));
    return Arrays.stream(items).mapToInt(Integer::intValue).toArray();
  }
}
