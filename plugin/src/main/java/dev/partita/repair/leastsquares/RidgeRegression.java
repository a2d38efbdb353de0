package dev.partita.repair.leastsquares;

import dev.partita.repair.moments.Moments;
import org.bytedeco.javacpp.DoublePointer;
import org.jspecify.annotations.Nullable;

/**
 * The change of weights and bias that explains most of what a block's outputs still lack:
 *
 * <pre>
 *   min over W, b of  sum |d - W'x - b|^2 + ridge |W|^2
 * </pre>
 *
 * Since W is a change, the ridge pulls towards the original's weights. Its strength is the one of a
 * fixed ladder, in units of the mean variance of the inputs, that leaves the least on held-out
 * rows; no change of weights at all is among the choices.
 */
final class RidgeRegression {

  /** Relative ridges, from weak to strong. */
  private static final double[] LADDER = {1e-5, 1e-4, 1e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1, 10};

  /** What is taken where there are no held-out rows to choose with. */
  private static final double WITHOUT_HELD_OUT = 1e-1;

  private RidgeRegression() {}

  /**
   * A fitted change.
   *
   * @param weight {@code [K, N]}, row-major; null where the weights are best left alone
   * @param bias {@code [N]}
   * @param ridge the relative ridge that was chosen; infinite where weights are left alone
   */
  record Change(double @Nullable [] weight, double[] bias, double ridge) {}

  /**
   * Fits on one set of rows and chooses on the other.
   *
   * @param fit at least one row
   * @param heldOut may be empty
   */
  static Change fit(Moments fit, Moments heldOut) {
    double[] inputMean = fit.inputMean();
    double[] outputMean = fit.outputMean();
    double unit = fit.meanVariance(inputMean) * fit.rows();
    Change none = new Change(null, outputMean, Double.POSITIVE_INFINITY);
    if (!(unit > 0) || fit.rows() < 2) {
      return none;
    }
    try (RidgeSystem system = RidgeSystem.of(fit, heldOut)) {
      Chosen chosen = choose(system, unit, heldOut.squaresAbout(outputMean), heldOut.rows() > 0);
      return chosen == null
          ? none
          : new Change(
              chosen.weight(), bias(chosen.weight(), inputMean, outputMean), chosen.ridge());
    }
  }

  /**
   * The change of weights that several layers share; null where the weights are best left alone.
   * The means of each are explained by a bias of its own.
   */
  static double @Nullable [] fit(PooledMoments pooled) {
    double unit = pooled.unit();
    if (!(unit > 0) || pooled.rows() < 2) {
      return null;
    }
    try (RidgeSystem system = new InputSystem(pooled)) {
      Chosen chosen = choose(system, unit, pooled.heldSquares(), pooled.heldRows() > 0);
      return chosen == null ? null : chosen.weight();
    }
  }

  /** A solution and the relative ridge that it has. */
  private record Chosen(double[] weight, double ridge) {}

  /**
   * The solution that leaves least on held-out rows.
   *
   * @param unit of the ridge
   * @param without what is left there by no change at all
   * @param hasHeldOut whether there are such rows; without them one ridge is taken
   */
  private static @Nullable Chosen choose(
      RidgeSystem system, double unit, double without, boolean hasHeldOut) {
    double bestError = without;
    DoublePointer solution = null;
    double chosen = Double.POSITIVE_INFINITY;
    double[] ladder = hasHeldOut ? LADDER : new double[] {WITHOUT_HELD_OUT};
    try {
      for (double ridge : ladder) {
        DoublePointer candidate = system.solve(ridge * unit);
        if (candidate == null) {
          continue;
        }
        double error = system.heldOutError(candidate);
        if (!hasHeldOut || error < bestError) {
          close(solution);
          bestError = error;
          solution = candidate;
          chosen = ridge;
        } else {
          candidate.close();
        }
      }
      return solution == null ? null : new Chosen(system.weight(solution), chosen);
    } finally {
      close(solution);
    }
  }

  private static void close(@Nullable DoublePointer solution) {
    if (solution != null) {
      solution.close();
    }
  }

  private static double[] bias(double[] weight, double[] inputMean, double[] outputMean) {
    double[] bias = outputMean.clone();
    for (int k = 0; k < inputMean.length; k++) {
      for (int n = 0; n < bias.length; n++) {
        bias[n] -= inputMean[k] * weight[k * bias.length + n];
      }
    }
    return bias;
  }
}
