package dev.partita.partition;

import java.util.ArrayList;
import java.util.List;

/**
 * Alternating assignment: with all other spaces held, each feature of a space is worth to a branch
 * what it contributes to that branch's neighbours, and a balanced assignment takes the best;
 * repeated space by space until nothing gains.
 */
final class Climb {

  private static final int MAX_SWEEPS = 40;
  private static final double MIN_GAIN = 1e-6;

  private final PlanProblem problem;
  private final List<LayerScores> scores = new ArrayList<>();

  Climb(PlanProblem problem) {
    this.problem = problem;
    problem
        .layers()
        .forEach(layer -> scores.add(new LayerScores(layer.importance(), problem.branches())));
  }

  /**
   * Climbs from the given owners and leaves the best that it found in their place.
   *
   * @return the share of importance that they keep
   */
  double run(List<int[]> owners) {
    double retained = -1;
    List<int[]> best = List.copyOf(owners);
    for (int sweep = 0; sweep < MAX_SWEEPS; sweep++) {
      for (int space = 0; space < owners.size(); space++) {
        if (problem.isAssigned(space)) {
          owners.set(space, reassign(owners, space));
        }
      }
      double after = retained(owners);
      boolean gains = after >= retained + MIN_GAIN;
      if (after > retained) {
        retained = after;
        best = List.copyOf(owners);
      }
      if (!gains) {
        break;
      }
    }
    for (int space = 0; space < owners.size(); space++) {
      owners.set(space, best.get(space));
    }
    return retained;
  }

  private int[] reassign(List<int[]> owners, int space) {
    double[] worth = new double[owners.get(space).length * problem.branches()];
    for (int i = 0; i < scores.size(); i++) {
      PlanProblem.Layer layer = problem.layers().get(i);
      if (layer.inSpace() == space) {
        scores.get(i).addInputScores(owners.get(layer.outSpace()), worth);
      }
      if (layer.outSpace() == space) {
        scores.get(i).addOutputScores(owners.get(layer.inSpace()), worth);
      }
    }
    return problem.assign(space, worth);
  }

  /** As {@link PlanProblem#retained}, from the scores at hand. */
  double retained(List<int[]> owners) {
    double kept = 0;
    double all = 0;
    for (int i = 0; i < scores.size(); i++) {
      PlanProblem.Layer layer = problem.layers().get(i);
      double weights = layer.importance().weights();
      kept +=
          weights
              * scores.get(i).retained(owners.get(layer.inSpace()), owners.get(layer.outSpace()));
      all += weights;
    }
    return all == 0 ? 1 : kept / all;
  }
}
