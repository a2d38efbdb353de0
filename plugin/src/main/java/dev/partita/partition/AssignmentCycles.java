package dev.partita.partition;

import java.util.Arrays;

/**
 * Improves a balanced assignment until it is a best one: bins are the nodes of a graph whose edge
 * from a to b is the least that any item of a loses by moving to b; around a cycle of negative
 * length items move one bin on, no bin gets fuller, and the sum of the scores grows.
 */
final class AssignmentCycles {

  /** What is less than this, in units of the mean score, is rounding. */
  private static final double LEAST_GAIN = 1e-9;

  private final double[] scores;
  private final int[] owner;
  private final int bins;
  private final double leastGain;

  /** For each ordered pair of bins the items to move, cheapest first; holds stale ones as well. */
  private final ItemHeap[] heaps;

  private final double[][] loss;

  AssignmentCycles(double[] scores, int[] owner, int bins) {
    this.scores = scores;
    this.owner = owner;
    this.bins = bins;
    this.heaps = new ItemHeap[bins * bins];
    this.loss = new double[bins][bins];
    double sum = 0;
    for (double score : scores) {
      sum += Math.abs(score);
    }
    this.leastGain = LEAST_GAIN * sum / Math.max(1, scores.length);
  }

  /** Changes the owners that it was given. */
  void cancel() {
    for (int i = 0; i < heaps.length; i++) {
      heaps[i] = new ItemHeap(2 * owner.length / bins + 1);
    }
    for (int item = 0; item < owner.length; item++) {
      offer(item);
    }
    for (int bin = 0; bin < bins; bin++) {
      refresh(bin);
    }
    // Every round gains, so this ends; the bound is for NaN.
    for (int round = 0; round < 4 * owner.length; round++) {
      int[] cycle = negativeCycle();
      if (cycle.length == 0) {
        return;
      }
      move(cycle);
    }
  }

  private void offer(int item) {
    int from = owner[item];
    for (int to = 0; to < bins; to++) {
      if (to != from) {
        double lost = scores[item * bins + from] - scores[item * bins + to];
        heaps[from * bins + to].add(BalancedAssignment.key(lost, item));
      }
    }
  }

  /** Looks up what leaving a bin costs now. */
  private void refresh(int from) {
    for (int to = 0; to < bins; to++) {
      if (to != from) {
        int item = cheapest(from, to);
        loss[from][to] =
            item < 0
                ? Double.POSITIVE_INFINITY
                : scores[item * bins + from] - scores[item * bins + to];
      }
    }
  }

  private int cheapest(int from, int to) {
    ItemHeap heap = heaps[from * bins + to];
    while (!heap.isEmpty()) {
      int item = BalancedAssignment.item(heap.least());
      if (owner[item] == from) {
        return item;
      }
      heap.removeLeast();
    }
    return -1;
  }

  /** A cycle of negative length, in order; empty if there is none. */
  private int[] negativeCycle() {
    // Most cycles are swaps, and those are found at a glance.
    for (int a = 0; a < bins; a++) {
      for (int b = a + 1; b < bins; b++) {
        if (loss[a][b] + loss[b][a] < -leastGain) {
          return new int[] {a, b};
        }
      }
    }
    return bins > 2 ? longCycle() : new int[0];
  }

  /** By the algorithm of Bellman and Ford. */
  private int[] longCycle() {
    double[] distance = new double[bins];
    int[] before = new int[bins];
    Arrays.fill(before, -1);
    int last = -1;
    for (int pass = 0; pass < bins; pass++) {
      last = -1;
      for (int from = 0; from < bins; from++) {
        for (int to = 0; to < bins; to++) {
          double through = distance[from] + loss[from][to];
          if (to != from && through < distance[to] - leastGain) {
            distance[to] = through;
            before[to] = from;
            last = to;
          }
        }
      }
      if (last < 0) {
        return new int[0];
      }
    }
    for (int i = 0; i < bins; i++) {
      last = before[last];
    }
    int[] cycle = new int[bins];
    int length = 0;
    for (int bin = last; length == 0 || bin != last; bin = before[bin]) {
      cycle[length++] = bin;
    }
    int[] inOrder = new int[length];
    for (int i = 0; i < length; i++) {
      inOrder[i] = cycle[length - 1 - i];
    }
    return inOrder;
  }

  private void move(int[] cycle) {
    int[] items = new int[cycle.length];
    for (int i = 0; i < cycle.length; i++) {
      items[i] = cheapest(cycle[i], cycle[(i + 1) % cycle.length]);
    }
    for (int i = 0; i < cycle.length; i++) {
      owner[items[i]] = cycle[(i + 1) % cycle.length];
    }
    for (int item : items) {
      offer(item);
    }
    for (int bin : cycle) {
      refresh(bin);
    }
  }
}
