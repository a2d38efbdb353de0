package dev.partita.repair;

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
    Change best = new Change(null, outputMean, Double.POSITIVE_INFINITY);
    if (!(unit > 0) || fit.rows() < 2) {
      return best;
    }
    double bestError = heldOut.squaresAbout(outputMean);
    try (DoublePointer gram = fit.gramAbout(inputMean);
        DoublePointer cross = fit.crossAbout(inputMean, outputMean);
        DoublePointer heldGram = heldOut.gramAbout(inputMean);
        DoublePointer heldCross = heldOut.crossAbout(inputMean, outputMean)) {
      double[] ladder = heldOut.rows() == 0 ? new double[] {WITHOUT_HELD_OUT} : LADDER;
      for (double ridge : ladder) {
        double[] weight = solve(gram, cross, fit.inputs(), fit.outputs(), ridge * unit);
        if (weight == null) {
          continue;
        }
        double error =
            heldOut.squaresAbout(outputMean)
                + changeOfError(weight, heldGram, heldCross, fit.inputs(), fit.outputs());
        if (heldOut.rows() == 0 || error < bestError) {
          bestError = error;
          best = new Change(weight, bias(weight, inputMean, outputMean), ridge);
        }
      }
    }
    return best;
  }

  private static double @Nullable [] solve(
      DoublePointer gram, DoublePointer cross, int inputs, int outputs, double ridge) {
    try (DoublePointer a = copy(gram, (long) inputs * inputs);
        DoublePointer b = copy(cross, (long) inputs * outputs)) {
      for (int i = 0; i < inputs; i++) {
        long diagonal = (long) i * inputs + i;
        a.put(diagonal, a.get(diagonal) + ridge);
      }
      if (!Blas.solve(a, b, inputs, outputs)) {
        return null;
      }
      double[] solution = new double[Math.multiplyExact(inputs, outputs)];
      b.get(solution);
      for (double value : solution) {
        if (!Double.isFinite(value)) {
          return null;
        }
      }
      return solution;
    }
  }

  private static DoublePointer copy(DoublePointer from, long elements) {
    DoublePointer to = new DoublePointer(elements);
    DoublePointer.memcpy(to, from, elements * Double.BYTES);
    return to;
  }

  /** {@code tr(W'GW) - 2 tr(W'C)}: what a change adds to the squared error. */
  private static double changeOfError(
      double[] weight, DoublePointer gram, DoublePointer cross, int inputs, int outputs) {
    try (DoublePointer w = new DoublePointer(weight);
        DoublePointer product = new DoublePointer((long) weight.length)) {
      Blas.multiplySymmetric(gram, w, inputs, outputs, product);
      double[] gw = new double[weight.length];
      product.get(gw);
      double[] c = new double[weight.length];
      cross.get(c);
      double sum = 0;
      for (int i = 0; i < weight.length; i++) {
        sum += weight[i] * (gw[i] - 2 * c[i]);
      }
      return sum;
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
