package dev.partita.partition;

import java.util.List;
import java.util.SplittableRandom;

/** Features are dealt out at random: the baseline that shows what planning is worth. */
public final class RandomStrategy implements PlanStrategy {

  private final long seed;

  /** A strategy that always deals the same way for the same seed. */
  public RandomStrategy(long seed) {
    this.seed = seed;
  }

  @Override
  public String name() {
    return "random";
  }

  @Override
  public PartitionPlan plan(PlanProblem problem) {
    List<int[]> owners = problem.noOwners();
    SplittableRandom random = new SplittableRandom(seed);
    for (int space = 0; space < owners.size(); space++) {
      if (problem.isAssigned(space)) {
        owners.set(space, problem.ofFeatures(space, deal(problem.capacities(space), random)));
      }
    }
    return PartitionPlan.of(problem.branches(), name(), owners, problem.retained(owners));
  }

  /** Deals in order and shuffles (Fisher and Yates): the owner of each item. */
  static int[] deal(int[] capacities, SplittableRandom random) {
    int[] owners = ContiguousStrategy.fill(capacities);
    for (int i = owners.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = owners[i];
      owners[i] = owners[j];
      owners[j] = swapped;
    }
    return owners;
  }
}
