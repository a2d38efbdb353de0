package dev.partita.partition;

import java.util.Arrays;
import java.util.stream.IntStream;

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
 * when each is looked at by itself; they then count one after the other.
 */
final class Draft {

  /** Added to the diagonal, in units of its mean, so that noise is not taken for information. */
  private static final double RIDGE = 1e-3;

  private final double[] covariance;
  private final int size;
  private final int granule;
  private final double ridge;
  private final Branch[] branches;

  /**
   * A draft within one run of features.
   *
   * @param targets for each branch {@code W[run, J_p]}, {@code [size, outputs]}, row-major
   * @param capacities how many granules each branch takes
   * @param granule how many neighbouring features stay together; divides the size of the run
   */
  Draft(
      FeatureCovariance.Run run,
      double[][] targets,
      int[] capacities,
      int granule,
      boolean parallel) {
    this.covariance = run.matrix();
    this.size = run.size();
    this.granule = granule;
    double trace = 0;
    for (int k = 0; k < size; k++) {
      trace += covariance[k * size + k];
    }
    this.ridge = size == 0 ? 0 : RIDGE * trace / size;
    this.branches = new Branch[targets.length];
    IntStream all = IntStream.range(0, targets.length);
    (parallel ? all.parallel() : all)
        .forEach(p -> branches[p] = new Branch(targets[p], capacities[p] * granule));
  }

  /** The branch of each feature of the run. */
  int[] run() {
    int[] owner = new int[size];
    Arrays.fill(owner, -1);
    int left = size;
    for (int turn = 0; left > 0; turn++) {
      int branch = turn % branches.length;
      if (branches[branch].capacity > branches[branch].taken) {
        int first = branches[branch].best(owner) * granule;
        for (int feature = first; feature < first + granule; feature++) {
          owner[feature] = branch;
          branches[branch].take(feature);
        }
        left -= granule;
      }
    }
    return owner;
  }

  private final class Branch {
    private final int outputs;
    private final int capacity;
    private final double[] cross;
    private final double[] variance;
    private final double[][] factors;
    private int taken;

    Branch(double[] target, int capacity) {
      this.outputs = target.length / Math.max(1, size);
      this.capacity = capacity;
      this.cross = new double[target.length];
      this.variance = new double[size];
      this.factors = new double[capacity][];
      for (int k = 0; k < size; k++) {
        variance[k] = covariance[k * size + k] + ridge;
        int row = k * outputs;
        for (int j = 0; j < size; j++) {
          double c = covariance[k * size + j];
          if (c != 0) {
            int from = j * outputs;
            for (int n = 0; n < outputs; n++) {
              cross[row + n] += c * target[from + n];
            }
          }
        }
      }
    }

    int best(int[] owner) {
      int best = -1;
      double most = Double.NEGATIVE_INFINITY;
      for (int g = 0; g < size / granule; g++) {
        if (owner[g * granule] >= 0) {
          continue;
        }
        double explained = 0;
        for (int k = g * granule; k < (g + 1) * granule; k++) {
          explained += explained(k);
        }
        if (explained > most) {
          most = explained;
          best = g;
        }
      }
      return best;
    }

    private double explained(int feature) {
      double explained = 0;
      int row = feature * outputs;
      for (int n = 0; n < outputs; n++) {
        explained += cross[row + n] * cross[row + n];
      }
      return variance[feature] > 0 ? explained / variance[feature] : 0;
    }

    /** Explains what it can by one more feature; of the last granule nothing is asked any more. */
    void take(int feature) {
      if (capacity - taken > granule) {
        explain(feature);
      }
      taken++;
    }

    private void explain(int feature) {
      double pivot = variance[feature];
      if (!(pivot > 0)) {
        factors[taken] = new double[size];
        return;
      }
      double[] factor = new double[size];
      for (int k = 0; k < size; k++) {
        factor[k] = covariance[feature * size + k];
      }
      factor[feature] += ridge;
      for (int step = 0; step < taken; step++) {
        double[] earlier = factors[step];
        double scale = earlier[feature];
        if (scale != 0) {
          for (int k = 0; k < size; k++) {
            factor[k] -= scale * earlier[k];
          }
        }
      }
      double root = Math.sqrt(pivot);
      double[] explained = new double[outputs];
      for (int n = 0; n < outputs; n++) {
        explained[n] = cross[feature * outputs + n] / root;
      }
      for (int k = 0; k < size; k++) {
        factor[k] /= root;
        variance[k] = Math.max(0, variance[k] - factor[k] * factor[k]);
        int row = k * outputs;
        for (int n = 0; n < outputs; n++) {
          cross[row + n] -= factor[k] * explained[n];
        }
      }
      factors[taken] = factor;
    }
  }
}
