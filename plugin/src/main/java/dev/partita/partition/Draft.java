package dev.partita.partition;

import dev.partita.workers.Workers;
import java.util.Arrays;

/**
 * Deals out input features so that least squares has most to work with: branches take turns, each
 * taking the feature that explains most of what its targets still lack, given what it has.
 *
 * <p>The targets of branch p are {@code X W[:, J_p]}, the whole layer's results for the outputs of
 * that branch. With the covariance C of the inputs, feature k explains {@code |S_k|^2 / C_kk} of
 * them, where {@code S = C W[:, J_p]}; once it is taken, C and S are replaced by what is left of
 * them given k (one step of a pivoted Cholesky factorization). Only factors are stored, never a
 * copy of C for each branch.
 *
 * <p>Where features stay together in granules, a turn takes the granule whose features explain most
 * when each is considered by itself; they then count one after the other.
 */
final class Draft {

  /** Added to the diagonal, in units of its mean, so that noise is not taken for information. */
  private static final double RIDGE = 1e-3;

  private final int size;
  private final int granule;
  private final DraftBranch[] branches;
  private final Workers workers;

  /**
   * A draft within one run of features.
   *
   * @param targets for each branch {@code W[run, J_p]}, {@code [size, outputs]}, row-major
   * @param capacities how many granules each branch takes
   * @param granule how many neighbouring features stay together; divides the size of the run
   * @param products of the covariance and the targets, which are most of the work
   */
  Draft(
      FeatureCovariance.Run run,
      float[][] targets,
      int[] capacities,
      int granule,
      MatrixProducts products,
      Workers workers) {
    this.size = run.size();
    this.workers = workers;
    this.granule = granule;
    double[] covariance = ofMeanOne(run.matrix(), size);
    this.branches = new DraftBranch[targets.length];
    workers.forEach(
        targets.length,
        p -> {
          int outputs = targets[p].length / Math.max(1, size);
          double[] wanted = new double[targets[p].length];
          for (int i = 0; i < wanted.length; i++) {
            wanted[i] = targets[p][i];
          }
          double[] cross = new double[wanted.length];
          products.multiply(covariance, wanted, size, size, outputs, cross);
          double[] gram = new double[Math.multiplyExact(size, size)];
          products.gramOfRows(cross, size, outputs, gram);
          branches[p] =
              new DraftBranch(covariance, size, RIDGE, granule, gram, capacities[p] * granule);
        });
  }

  /** A covariance whose variances are 1 on average: squares of squares leave the range soon. */
  private static double[] ofMeanOne(double[] covariance, int size) {
    double trace = 0;
    for (int k = 0; k < size; k++) {
      trace += covariance[k * size + k];
    }
    double[] scaled = covariance.clone();
    if (trace > 0) {
      for (int i = 0; i < scaled.length; i++) {
        scaled[i] *= size / trace;
      }
    }
    return scaled;
  }

  /** The branch of each feature of the run. */
  int[] run() {
    int[] owner = new int[size];
    Arrays.fill(owner, -1);
    int left = size;
    while (left > 0) {
      int[] picked = new int[branches.length];
      for (int branch = 0; branch < branches.length; branch++) {
        picked[branch] = -1;
        if (branches[branch].takesMore()) {
          picked[branch] = branches[branch].best(owner) * granule;
          Arrays.fill(owner, picked[branch], picked[branch] + granule, branch);
          left -= granule;
        }
      }
      // What a branch has explained is its own affair until its next turn.
      workers.forEach(
          branches.length,
          p -> {
            if (picked[p] >= 0) {
              branches[p].take(picked[p]);
            }
          });
    }
    return owner;
  }
}
