package dev.partita.partition;

/**
 * What one branch of a {@link Draft} has, and what its targets still lack.
 *
 * <p>Of {@code S = C W[:, J_p]} only the Gram matrix {@code M = S S'} is kept, since {@code
 * |S_k|^2} is its diagonal. Taking feature p with factor f (a column of the Cholesky factor of C)
 * replaces S by {@code S - f e'}, where {@code e = S_p / f_p}; then {@code M - f v' - v f'} takes
 * the place of M, where {@code v = S e - |e|^2 f / 2} and {@code S e} is column p of M over {@code
 * f_p}. So a turn needs one column of C and one of M, each made of the first and of the factors so
 * far.
 */
final class DraftBranch {

  private final double[] covariance;
  private final double[] gram;
  private final int size;
  private final double ridge;
  private final int granule;
  private final int capacity;

  /** The diagonal of M. */
  private final double[] squares;

  /** The diagonal of C. */
  private final double[] variance;

  private final double[][] factors;

  /** v of each turn. */
  private final double[][] changes;

  private int taken;

  /**
   * A branch that has nothing yet.
   *
   * @param covariance C, {@code [size, size]}
   * @param ridge added to every variance
   * @param gram {@code S S'}, {@code [size, size]}, row-major, from the diagonal on to the right
   * @param capacity how many features it takes
   */
  DraftBranch(
      double[] covariance, int size, double ridge, int granule, double[] gram, int capacity) {
    this.covariance = covariance;
    this.gram = gram;
    this.size = size;
    this.ridge = ridge;
    this.granule = granule;
    this.capacity = capacity;
    this.variance = new double[size];
    this.squares = new double[size];
    this.factors = new double[capacity][];
    this.changes = new double[capacity][];
    for (int k = 0; k < size; k++) {
      variance[k] = covariance[k * size + k] + ridge;
      squares[k] = gram[k * size + k];
    }
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
      // What cannot be told apart, weights being near the end of their type, goes in order.
      if (best < 0 || explained > most) {
        most = explained;
        best = g;
      }
    }
    return best;
  }

  private double explained(int feature) {
    return variance[feature] > 0 ? squares[feature] / variance[feature] : 0;
  }

  /** Explains what it can by one more granule; of the last nothing is asked any more. */
  void take(int first) {
    boolean last = capacity - taken <= granule;
    for (int feature = first; feature < first + granule; feature++) {
      if (!last) {
        explain(feature);
      }
      taken++;
    }
  }

  private void explain(int feature) {
    double[] factor = new double[size];
    double[] change = new double[size];
    factors[taken] = factor;
    changes[taken] = change;
    double pivot = variance[feature];
    if (!(pivot > 0)) {
      return;
    }
    for (int k = 0; k < size; k++) {
      factor[k] = covariance[feature * size + k];
      change[k] = gram[Math.min(k, feature) * size + Math.max(k, feature)];
    }
    factor[feature] += ridge;
    for (int turn = 0; turn < taken; turn++) {
      double[] earlier = factors[turn];
      double[] earlierChange = changes[turn];
      double scale = earlier[feature];
      double changeScale = earlierChange[feature];
      for (int k = 0; k < size; k++) {
        factor[k] -= scale * earlier[k];
        change[k] -= changeScale * earlier[k] + scale * earlierChange[k];
      }
    }
    double root = Math.sqrt(pivot);
    double half = Math.max(0, change[feature]) / pivot / 2;
    for (int k = 0; k < size; k++) {
      factor[k] /= root;
      change[k] = change[k] / root - half * factor[k];
      variance[k] = Math.max(0, variance[k] - factor[k] * factor[k]);
      squares[k] = Math.max(0, squares[k] - 2 * factor[k] * change[k]);
    }
  }
}
