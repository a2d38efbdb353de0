package dev.partita.repair.lowrank;

import dev.partita.repair.leastsquares.RidgeSystem;
import dev.partita.repair.lowrank.ReducedRankRegression.Sums;
import dev.partita.repair.moments.Blas;
import dev.partita.repair.moments.Moments;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.DoublePointer;
import org.jspecify.annotations.Nullable;

/**
 * Sums of one set of rows over the same inputs, their outputs side by side, each set of outputs in
 * units of the root of its own squares.
 *
 * <p>Memory: {@code 8 K (K + N)} bytes outside the heap.
 */
final class LowRankProblem implements AutoCloseable {

  private final int inputs;
  private final int outputs;
  private final double[] units;
  private final DoublePointer gram;
  private final DoublePointer cross;

  private LowRankProblem(
      int inputs, int outputs, double[] units, DoublePointer gram, DoublePointer cross) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.units = units;
    this.gram = gram;
    this.cross = cross;
  }

  /** The rows to fit, about the means of all that is fitted or about zero. */
  static LowRankProblem toFit(List<Sums> sums, boolean aboutMeans) {
    return of(sums, aboutMeans, false);
  }

  /** The rows held out, about the same points. */
  static LowRankProblem heldOut(List<Sums> sums, boolean aboutMeans) {
    return of(sums, aboutMeans, true);
  }

  private static LowRankProblem of(List<Sums> sums, boolean aboutMeans, boolean heldOut) {
    double[] origin = origin(sums, aboutMeans);
    int inputs = origin.length;
    int outputs = sums.stream().mapToInt(set -> set.fit().outputs()).sum();
    double[] units = new double[outputs];
    Moments first = heldOut ? sums.get(0).heldOut() : sums.get(0).fit();
    DoublePointer all = Blas.zeros((long) inputs * outputs);
    int column = 0;
    for (Sums set : sums) {
      int own = set.fit().outputs();
      double[] target = target(set, aboutMeans);
      double squares = set.fit().squaresAbout(target);
      double unit = squares > 0 ? Math.sqrt(squares) : Double.POSITIVE_INFINITY;
      Moments moments = heldOut ? set.heldOut() : set.fit();
      try (DoublePointer part = moments.crossAbout(origin, target)) {
        double[] row = new double[own];
        for (int k = 0; k < inputs; k++) {
          part.position((long) k * own).get(row, 0, own);
          for (int n = 0; n < own; n++) {
            row[n] /= unit;
          }
          all.position((long) k * outputs + column).put(row, 0, own);
        }
        part.position(0);
        all.position(0);
      }
      Arrays.fill(units, column, column + own, unit);
      column += own;
    }
    return new LowRankProblem(inputs, outputs, units, first.gramAbout(origin), all);
  }

  static double[] origin(List<Sums> sums, boolean aboutMeans) {
    Moments first = sums.get(0).fit();
    return aboutMeans ? first.inputMean() : new double[first.inputs()];
  }

  static double[] target(Sums set, boolean aboutMeans) {
    return aboutMeans ? set.fit().outputMean() : new double[set.fit().outputs()];
  }

  int inputs() {
    return inputs;
  }

  /** Outputs of all sets. */
  int outputs() {
    return outputs;
  }

  /** What an output is divided by; infinite for one that is always right. */
  double unit(int output) {
    return units[output];
  }

  DoublePointer gram() {
    return gram;
  }

  DoublePointer cross() {
    return cross;
  }

  /** {@code (G + ridge)^-1 C}; null where rounding leaves none. The caller closes it. */
  @Nullable DoublePointer solve(double ridge) {
    return RidgeSystem.solve(gram, cross, inputs, outputs, ridge);
  }

  /** {@code G x}, of a matrix {@code [K, columns]}. The caller closes it. */
  DoublePointer image(DoublePointer x, int columns) {
    DoublePointer product = new DoublePointer((long) inputs * columns);
    Blas.multiplySymmetric(gram, x, inputs, columns, product);
    return product;
  }

  /** By how much weights {@code [K, N]} change the sum of squares: {@code tr(W'GW) - 2 tr(W'C)}. */
  double change(DoublePointer weights) {
    double change = 0;
    try (DoublePointer image = image(weights, outputs)) {
      double[] w = new double[outputs];
      double[] g = new double[outputs];
      double[] c = new double[outputs];
      for (int k = 0; k < inputs; k++) {
        long at = (long) k * outputs;
        weights.position(at).get(w, 0, outputs);
        image.position(at).get(g, 0, outputs);
        cross.position(at).get(c, 0, outputs);
        for (int n = 0; n < outputs; n++) {
          change += w[n] * (g[n] - 2 * c[n]);
        }
      }
      weights.position(0);
      cross.position(0);
    }
    return change;
  }

  @Override
  public void close() {
    gram.close();
    cross.close();
  }
}
