package dev.partita.partition;

import java.util.List;
import java.util.SplittableRandom;

/**
 * Maximizes the importance of the kept weights by alternating assignment ({@link Climb}) from
 * several seeded random starts.
 */
public final class OptimizedStrategy implements PlanStrategy {

  /** Enough for the best of them to be close to the best of many; more where a pass is cheap. */
  private static final long START_BUDGET_WEIGHTS = 32_000_000;

  private static final int MAX_STARTS = 4;
  private static final int MIN_STARTS = 2;

  private final long seed;

  /** A strategy whose random starts follow from the seed. */
  public OptimizedStrategy(long seed) {
    this.seed = seed;
  }

  @Override
  public String name() {
    return "optimized";
  }

  @Override
  public PartitionPlan plan(PlanProblem problem) {
    List<int[]> best = problem.noOwners();
    double bestRetained = -1;
    SplittableRandom random = new SplittableRandom(seed);
    for (int start = 0; start < starts(problem); start++) {
      List<int[]> owners = problem.noOwners();
      for (int space = 0; space < owners.size(); space++) {
        if (problem.isAssigned(space)) {
          int[] dealt = RandomStrategy.deal(problem.capacities(space), random);
          owners.set(space, problem.ofFeatures(space, dealt));
        }
      }
      double retained = new Climb(problem).run(owners);
      if (retained > bestRetained) {
        bestRetained = retained;
        best = owners;
      }
    }
    return PartitionPlan.of(problem.branches(), name(), best, bestRetained);
  }

  private static int starts(PlanProblem problem) {
    long weights = problem.layers().stream().mapToLong(l -> l.importance().weights()).sum();
    long affordable = START_BUDGET_WEIGHTS / Math.max(1, weights);
    return (int) Math.max(MIN_STARTS, Math.min(MAX_STARTS, affordable));
  }
}
