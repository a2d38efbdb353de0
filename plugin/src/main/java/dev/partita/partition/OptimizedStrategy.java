package dev.partita.partition;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Maximizes the importance of the kept weights by alternating assignment: with all other spaces
 * held, each feature of a space is worth to a branch what it contributes to that branch's
 * neighbours, and a balanced assignment takes the best; repeated space by space until nothing
 * gains, from several seeded random starts.
 */
public final class OptimizedStrategy implements PlanStrategy {

  private static final int MAX_SWEEPS = 40;
  private static final double MIN_GAIN = 1e-6;

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
      double retained = climb(problem, owners);
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

  private static double climb(PlanProblem problem, List<int[]> owners) {
    double retained = problem.retained(owners);
    for (int sweep = 0; sweep < MAX_SWEEPS; sweep++) {
      List<int[]> before = new ArrayList<>();
      owners.forEach(space -> before.add(space.clone()));
      for (int space = 0; space < owners.size(); space++) {
        if (problem.isAssigned(space)) {
          owners.set(space, reassign(problem, owners, space));
        }
      }
      double after = problem.retained(owners);
      if (after < retained + MIN_GAIN) {
        if (after < retained) {
          // The balanced assignment is not exact, so that a sweep may lose a little at the end.
          for (int space = 0; space < owners.size(); space++) {
            owners.set(space, before.get(space));
          }
          return retained;
        }
        return after;
      }
      retained = after;
    }
    return retained;
  }

  private static int[] reassign(PlanProblem problem, List<int[]> owners, int space) {
    int branches = problem.branches();
    double[] scores = new double[owners.get(space).length * branches];
    for (PlanProblem.Layer layer : problem.layers()) {
      if (layer.inSpace() == space) {
        layer.importance().addInputScores(owners.get(layer.outSpace()), branches, scores);
      }
      if (layer.outSpace() == space) {
        layer.importance().addOutputScores(owners.get(layer.inSpace()), branches, scores);
      }
    }
    return problem.assign(space, scores);
  }
}
