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

  /** How many sums are under way at once, so that none waits for the one before. */
  private static final int ABREAST = 4;

  private final double[] covariance;
  private final int size;
  private final int granule;
  private final double ridge;
  private final Branch[] branches;
  private final boolean parallel;

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
    this.parallel = parallel;
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
    while (left > 0) {
      int[] picked = new int[branches.length];
      for (int branch = 0; branch < branches.length; branch++) {
        picked[branch] = -1;
        if (branches[branch].capacity > branches[branch].taken) {
          picked[branch] = branches[branch].best(owner) * granule;
          Arrays.fill(owner, picked[branch], picked[branch] + granule, branch);
          left -= granule;
        }
      }
      // What a branch has explained is its own affair until its next turn.
      IntStream all = IntStream.range(0, branches.length).filter(p -> picked[p] >= 0);
      (parallel ? all.parallel() : all).forEach(p -> branches[p].take(picked[p], owner));
    }
    return owner;
  }

  private final class Branch {
    private final int outputs;
    private final int capacity;
    private final double[] cross;

    /** Of the rows of {@link #cross}. */
    private final double[] squares;

    private final double[] variance;
    private final double[][] factors;
    private int taken;

    Branch(double[] target, int capacity) {
      this.outputs = target.length / Math.max(1, size);
      this.capacity = capacity;
      this.cross = new double[target.length];
      this.variance = new double[size];
      this.factors = new double[capacity][];
      this.squares = new double[size];
      for (int k = 0; k < size; k++) {
        variance[k] = covariance[k * size + k] + ridge;
        for (int j = 0; j < size; j += ABREAST) {
          addTargets(target, k, j, Math.min(size, j + ABREAST));
        }
        squares[k] = squares(k);
      }
    }

    /** Adds what the targets of some features have to do with another feature. */
    private void addTargets(double[] target, int feature, int from, int end) {
      int row = feature * outputs;
      int c = feature * size;
      if (end - from < ABREAST) {
        for (int j = from; j < end; j++) {
          for (int n = 0; n < outputs; n++) {
            cross[row + n] += covariance[c + j] * target[j * outputs + n];
          }
        }
        return;
      }
      double c0 = covariance[c + from];
      double c1 = covariance[c + from + 1];
      double c2 = covariance[c + from + 2];
      double c3 = covariance[c + from + 3];
      int t0 = from * outputs;
      int t1 = t0 + outputs;
      int t2 = t1 + outputs;
      int t3 = t2 + outputs;
      for (int n = 0; n < outputs; n++) {
        cross[row + n] +=
            c0 * target[t0 + n] + c1 * target[t1 + n] + c2 * target[t2 + n] + c3 * target[t3 + n];
      }
    }

    /** Sum of the squares of a feature's row, in an order of its own. */
    private double squares(int feature) {
      int row = feature * outputs;
      int end = row + outputs;
      double sum0 = 0;
      double sum1 = 0;
      double sum2 = 0;
      double sum3 = 0;
      int i = row;
      for (; i + ABREAST <= end; i += ABREAST) {
        sum0 += cross[i] * cross[i];
        sum1 += cross[i + 1] * cross[i + 1];
        sum2 += cross[i + 2] * cross[i + 2];
        sum3 += cross[i + 3] * cross[i + 3];
      }
      for (; i < end; i++) {
        sum0 += cross[i] * cross[i];
      }
      return sum0 + sum1 + (sum2 + sum3);
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
      return variance[feature] > 0 ? squares[feature] / variance[feature] : 0;
    }

    /**
     * Explains what it can by one more granule; of the last nothing is asked any more.
     *
     * @param owner of what is dealt out already, about which nothing is asked either
     */
    void take(int first, int[] owner) {
      boolean last = capacity - taken <= granule;
      for (int feature = first; feature < first + granule; feature++) {
        if (!last) {
          explain(feature, owner);
        }
        taken++;
      }
    }

    private void explain(int feature, int[] owner) {
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
        if (owner[k] < 0 || k / granule == feature / granule) {
          int row = k * outputs;
          for (int n = 0; n < outputs; n++) {
            cross[row + n] -= factor[k] * explained[n];
          }
          squares[k] = squares(k);
        }
      }
      factors[taken] = factor;
    }
  }
}
