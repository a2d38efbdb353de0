package dev.partita.partition;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.WeightMatrix;
import dev.partita.workers.Workers;
import java.util.ArrayList;
import java.util.List;

/**
 * Plans for least squares. What least squares can restore depends on what a branch's inputs tell of
 * the others, so that inputs which vary together are best spread over the branches: the opposite of
 * what keeping the largest weights does. Spaces are planned from the back: outputs nothing in the
 * region reads stay contiguous (so that their order needs no restoring), and every space in front
 * is drafted for the layers that read it ({@link Draft}), granule by granule.
 */
public final class DraftedStrategy implements PlanStrategy {

  private final MatrixProducts products;
  private final Workers workers;

  /**
   * A strategy that needs {@link PlanProblem.Layer#covariance} of every layer.
   *
   * @param products of covariances and weights
   * @param workers prepare branches; their number never changes the result
   */
  public DraftedStrategy(MatrixProducts products, Workers workers) {
    this.products = products;
    this.workers = workers;
  }

  /** Whether a problem has what this needs. */
  public static boolean canPlan(PlanProblem problem) {
    return problem.layers().stream().allMatch(layer -> layer.covariance() != null);
  }

  @Override
  public String name() {
    return "optimized";
  }

  @Override
  public PartitionPlan plan(PlanProblem problem) {
    List<int[]> owners = problem.noOwners();
    boolean[] done = new boolean[owners.size()];
    for (int space = 0; space < owners.size(); space++) {
      int at = space;
      boolean read = problem.layers().stream().anyMatch(layer -> layer.inSpace() == at);
      if (problem.isAssigned(space) && !read) {
        owners.set(space, ContiguousStrategy.contiguous(problem, space));
        done[space] = true;
      }
    }
    ImmutableList<PlanProblem.Layer> backwards = problem.layers().reverse();
    for (PlanProblem.Layer layer : backwards) {
      int space = layer.inSpace();
      if (!done[space]) {
        List<PlanProblem.Layer> readers =
            problem.layers().stream().filter(l -> l.inSpace() == space).toList();
        owners.set(space, draft(problem, readers, owners, space));
        done[space] = true;
      }
    }
    return PartitionPlan.of(problem.branches(), name(), owners, problem.retained(owners));
  }

  private int[] draft(
      PlanProblem problem, List<PlanProblem.Layer> readers, List<int[]> owners, int space) {
    FeatureCovariance covariance = readers.get(0).covariance();
    if (covariance == null) {
      throw new IllegalArgumentException("no covariance for space " + space);
    }
    int granule = problem.granule(space);
    if (covariance.runs().stream().anyMatch(run -> run.size() % granule != 0)) {
      return byImportance(problem, readers, owners, space);
    }
    int[] owner = new int[problem.spaces().get(space).size()];
    int[] free = problem.capacities(space);
    int left = owner.length / granule;
    for (FeatureCovariance.Run run : covariance.runs()) {
      int granules = run.size() / granule;
      int[] capacities = share(free, left, granules);
      float[][] targets = targets(readers, owners, run, problem.branches());
      int[] drafted = new Draft(run, targets, capacities, granule, products, workers).run();
      System.arraycopy(drafted, 0, owner, run.first(), run.size());
      for (int branch = 0; branch < free.length; branch++) {
        free[branch] -= capacities[branch];
      }
      left -= granules;
    }
    return owner;
  }

  /**
   * Where granules lie across the runs of the covariance there is no telling what one of them
   * explains; what it contributes to each branch is known all the same.
   */
  private static int[] byImportance(
      PlanProblem problem, List<PlanProblem.Layer> readers, List<int[]> owners, int space) {
    double[] scores = new double[problem.spaces().get(space).size() * problem.branches()];
    for (PlanProblem.Layer layer : readers) {
      layer.importance().addInputScores(owners.get(layer.outSpace()), problem.branches(), scores);
    }
    return problem.assign(space, scores);
  }

  /** Splits a run among branches in proportion to what each may still take. */
  private static int[] share(int[] free, int left, int size) {
    int[] capacities = new int[free.length];
    int given = 0;
    for (int branch = 0; branch < free.length; branch++) {
      capacities[branch] = (int) ((long) free[branch] * size / left);
      given += capacities[branch];
    }
    for (int branch = 0; given < size; branch = (branch + 1) % free.length) {
      if (capacities[branch] < free[branch]) {
        capacities[branch]++;
        given++;
      }
    }
    return capacities;
  }

  /** For each branch {@code W[run, J_p]} of all layers that read the space, side by side. */
  private float[][] targets(
      List<PlanProblem.Layer> readers,
      List<int[]> owners,
      FeatureCovariance.Run run,
      int branches) {
    int[] widths = new int[branches];
    List<int[]> places = new ArrayList<>();
    for (PlanProblem.Layer layer : readers) {
      int[] owner = owners.get(layer.outSpace());
      int[] place = new int[owner.length];
      for (int n = 0; n < owner.length; n++) {
        place[n] = widths[owner[n]]++;
      }
      places.add(place);
    }
    float[][] targets = new float[branches][];
    for (int branch = 0; branch < branches; branch++) {
      targets[branch] = new float[Math.multiplyExact(run.size(), widths[branch])];
    }
    for (int i = 0; i < readers.size(); i++) {
      PlanProblem.Layer layer = readers.get(i);
      int[] owner = owners.get(layer.outSpace());
      int[] place = places.get(i);
      WeightMatrix weight = layer.importance().weight();
      // Every number has a place of its own, so that rows may come in any order.
      workers.forEach(
          weight.transposed() ? owner.length : run.size(),
          row -> {
            if (weight.transposed()) {
              float[] ofOutput = new float[run.size()];
              weight.readStoredRun(row, run.first(), ofOutput);
              for (int k = 0; k < ofOutput.length; k++) {
                targets[owner[row]][k * widths[owner[row]] + place[row]] = ofOutput[k];
              }
            } else {
              float[] ofInput = new float[owner.length];
              weight.readStoredRun(run.first() + row, 0, ofInput);
              for (int n = 0; n < ofInput.length; n++) {
                targets[owner[n]][row * widths[owner[n]] + place[n]] = ofInput[n];
              }
            }
          });
    }
    return targets;
  }
}
