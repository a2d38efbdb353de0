package dev.partita.partition;

import dev.partita.partition.Components.Component;

/**
 * How many features of each space each branch has, and how much it computes: the elements of its
 * blocks, and one for each of its features.
 */
final class BranchLoads {

  private final PlanProblem problem;
  private final long[][] sizes;

  BranchLoads(PlanProblem problem) {
    this.problem = problem;
    this.sizes = new long[problem.branches()][problem.spaces().size()];
  }

  /** Features of a space that a branch has. */
  long size(int branch, int space) {
    return sizes[branch][space];
  }

  void add(int branch, Component component) {
    change(branch, component, 1);
  }

  void remove(int branch, Component component) {
    change(branch, component, -1);
  }

  private void change(int branch, Component component, int sign) {
    for (int space = 0; space < sizes[branch].length; space++) {
      sizes[branch][space] += sign * component.sizes().get(space);
    }
  }

  /** What a branch computes. */
  long work(int branch) {
    return work(sizes[branch]);
  }

  /** What a branch would compute with one more component. */
  long workWith(int branch, Component more) {
    add(branch, more);
    long work = work(branch);
    remove(branch, more);
    return work;
  }

  /** What a component computes by itself. */
  long workOf(Component component) {
    return work(component.sizes().stream().mapToLong(Integer::longValue).toArray());
  }

  private long work(long[] of) {
    long work = 0;
    for (PlanProblem.Layer layer : problem.layers()) {
      work += of[layer.inSpace()] * of[layer.outSpace()];
    }
    for (long features : of) {
      work += features;
    }
    return work;
  }

  /** Whether a branch has a feature of every assigned space. */
  boolean covers(int branch) {
    for (int space = 0; space < sizes[branch].length; space++) {
      if (problem.isAssigned(space) && sizes[branch][space] == 0) {
        return false;
      }
    }
    return true;
  }

  /** The branch that computes most; the first of several. */
  int busiest() {
    int busiest = 0;
    for (int branch = 1; branch < sizes.length; branch++) {
      if (work(branch) > work(busiest)) {
        busiest = branch;
      }
    }
    return busiest;
  }
}
