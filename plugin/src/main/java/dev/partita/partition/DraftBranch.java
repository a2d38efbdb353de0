package dev.partita.partition;

/** What one branch of a {@link Draft} has, and what its targets still lack. */
final class DraftBranch {

  /** How many sums are under way at once, so that none waits for the one before. */
  private static final int ABREAST = 4;

  private final double[] covariance;
  private final int size;
  private final double ridge;
  private final int granule;
  private final int outputs;
  private final int capacity;
  private final double[] cross;

  /** Of the rows of {@link #cross}. */
  private final double[] squares;

  private final double[] variance;
  private final double[][] factors;
  private int taken;

  /**
   * A branch that has nothing yet.
   *
   * @param ridge added to every variance
   * @param target {@code W[run, J_p]}, {@code [size, outputs]}, row-major
   * @param capacity how many features it takes
   */
  DraftBranch(FeatureCovariance.Run run, double ridge, int granule, double[] target, int capacity) {
    this.covariance = run.matrix();
    this.size = run.size();
    this.ridge = ridge;
    this.granule = granule;
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

  /** Whether it has room for another granule. */
  boolean takesMore() {
    return capacity > taken;
  }

  /** The granule without an owner that explains most. */
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
