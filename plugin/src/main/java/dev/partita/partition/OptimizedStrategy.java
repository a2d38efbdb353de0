package dev.partita.partition;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Maximizes the importance of the kept weights by alternating assignment ({@link Climb}) from
 * several seeded random starts. They set out side by side; every few sweeps the half of them that
 * has come less far is dropped, so that only one goes all the way where weights are many.
 */
public final class OptimizedStrategy implements PlanStrategy {

  /** Enough for the best of them to be close to the best of many; more where a pass is cheap. */
  private static final long START_BUDGET_WEIGHTS = 64_000_000;

  private static final int MAX_STARTS = 16;
  private static final int MIN_STARTS = 4;

  /** How far apart starts end shows after so many sweeps. */
  private static final int SWEEPS_BEFORE_HALVING = 3;

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
    SplittableRandom random = new SplittableRandom(seed);
    List<Climb> climbs = new ArrayList<>();
    for (int start = 0; start < starts(problem); start++) {
      climbs.add(new Climb(problem, dealt(problem, random)));
    }
    while (climbs.size() > 1) {
      climbs.forEach(climb -> climb.sweep(SWEEPS_BEFORE_HALVING));
      climbs.sort(Comparator.comparingDouble(Climb::retained).reversed());
      climbs = climbs.subList(0, climbs.size() / 2);
    }
    Climb best = climbs.get(0);
    best.toTheTop();
    return PartitionPlan.of(problem.branches(), name(), best.owners(), best.retained());
  }

  private static int starts(PlanProblem problem) {
    long weights = problem.layers().stream().mapToLong(l -> l.importance().weights()).sum();
    long affordable = START_BUDGET_WEIGHTS / Math.max(1, weights);
    return (int) Math.max(MIN_STARTS, Math.min(MAX_STARTS, affordable));
  }

  private static List<int[]> dealt(PlanProblem problem, SplittableRandom random) {
    List<int[]> owners = problem.noOwners();
    for (int space = 0; space < owners.size(); space++) {
      if (problem.isAssigned(space)) {
        int[] dealt = RandomStrategy.deal(problem.capacities(space), random);
        owners.set(space, problem.ofFeatures(space, dealt));
      }
    }
    return owners;
  }
}
