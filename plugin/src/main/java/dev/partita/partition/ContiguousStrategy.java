package dev.partita.partition;

import java.util.List;

/** Neighbouring features stay together: what anyone would do without looking at the weights. */
public final class ContiguousStrategy implements PlanStrategy {

  @Override
  public String name() {
    return "contiguous";
  }

  @Override
  public PartitionPlan plan(PlanProblem problem) {
    List<int[]> owners = problem.noOwners();
    for (int space = 0; space < owners.size(); space++) {
      if (!problem.isAssigned(space)) {
        continue;
      }
      fill(owners.get(space), problem.capacities(space));
    }
    return PartitionPlan.of(problem.branches(), name(), owners, problem.retained(owners));
  }

  /** Gives the first features to the first branch, and so on. */
  static void fill(int[] owners, int[] capacities) {
    int feature = 0;
    for (int branch = 0; branch < capacities.length; branch++) {
      for (int i = 0; i < capacities[branch]; i++) {
        owners[feature++] = branch;
      }
    }
  }
}
