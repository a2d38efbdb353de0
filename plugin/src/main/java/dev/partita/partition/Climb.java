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
  private final List<int[]> owners;
  private List<int[]> best;
  private double retained = -1;
  private int sweeps;
  private boolean done;

  /** A climb that starts from these owners. */
  Climb(PlanProblem problem, List<int[]> owners) {
    this.problem = problem;
    this.owners = new ArrayList<>(owners);
    this.best = List.copyOf(owners);
    problem
        .layers()
        .forEach(layer -> scores.add(new LayerScores(layer.importance(), problem.branches())));
  }

  /** Sweeps so many times over all spaces, or fewer if nothing gains any more. */
  void sweep(int times) {
    for (int i = 0; i < times && !done; i++) {
      for (int space = 0; space < owners.size(); space++) {
        if (problem.isAssigned(space)) {
          owners.set(space, reassign(space));
        }
      }
      sweeps++;
      double after = kept();
      done = !(after >= retained + MIN_GAIN) || sweeps == MAX_SWEEPS;
      if (after > retained) {
        retained = after;
        best = List.copyOf(owners);
      }
    }
  }

  /** Sweeps until nothing gains. */
  void toTheTop() {
    sweep(MAX_SWEEPS);
  }

  /** The best owners so far. */
  List<int[]> owners() {
    return best;
  }

  /** The share of importance that they keep; -1 before the first sweep. */
  double retained() {
    return retained;
  }

  private int[] reassign(int space) {
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
    return sweeps == 0
        ? problem.assign(space, worth)
        : problem.improve(space, worth, owners.get(space));
  }

  /** As {@link PlanProblem#retained}, from the scores at hand. */
  private double kept() {
    double sum = 0;
    double all = 0;
    for (int i = 0; i < scores.size(); i++) {
      PlanProblem.Layer layer = problem.layers().get(i);
      double weights = layer.importance().weights();
      sum +=
          weights
              * scores.get(i).retained(owners.get(layer.inSpace()), owners.get(layer.outSpace()));
      all += weights;
    }
    return all == 0 ? 1 : sum / all;
  }
}
