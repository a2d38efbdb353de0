package dev.partita.partition;

import java.util.Arrays;
import java.util.List;

/** Neighbouring features stay together, whatever the weights are. */
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
      owners.set(space, contiguous(problem, space));
    }
    return PartitionPlan.of(problem.branches(), name(), owners, problem.retained(owners));
  }

  /** The first features to the first branch, and so on: the owner of each feature. */
  static int[] contiguous(PlanProblem problem, int space) {
    return problem.ofFeatures(space, fill(problem.capacities(space)));
  }

  /** The first items to the first branch, and so on: the owner of each. */
  static int[] fill(int[] capacities) {
    int[] owners = new int[Arrays.stream(capacities).sum()];
    int item = 0;
    for (int branch = 0; branch < capacities.length; branch++) {
      for (int i = 0; i < capacities[branch]; i++) {
        owners[item++] = branch;
      }
    }
    return owners;
  }
}
