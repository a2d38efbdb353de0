package dev.partita.repair.leastsquares;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.partita.repair.moments.Blas;
import dev.partita.repair.moments.Moments;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.DoublePointer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RidgeRegressionTest {

  private static final int INPUTS = 5;
  private static final int OUTPUTS = 3;

  @Test
  void twoInputsAsByHand() {
    // Ridge 0.1 of the mean variance, as there is nothing held out; centred normal equations.
    double[] x = {1, 2, 2, 1, 3, 5, 4, 0};
    double[] d = {1, 2, 5, -1};
    double[] mean = {2.5, 2};
    double a = 0;
    double b = 0;
    double c = 0;
    double p = 0;
    double q = 0;
    for (int i = 0; i < 4; i++) {
      double u = x[2 * i] - mean[0];
      double v = x[2 * i + 1] - mean[1];
      a += u * u;
      b += u * v;
      c += v * v;
      p += u * (d[i] - 1.75);
      q += v * (d[i] - 1.75);
    }
    double ridge = 0.1 * (a + c) / 2;
    a += ridge;
    c += ridge;
    double first = (p * c - q * b) / (a * c - b * b);
    double second = (q * a - p * b) / (a * c - b * b);
    try (Moments fit = new Moments(2, 1);
        Moments none = new Moments(2, 1)) {
      fit.add(x, d, 4);
      RidgeRegression.Change change = RidgeRegression.fit(fit, none);
      assertThat(change.ridge()).isEqualTo(0.1);
      assertThat(change.weight()).containsExactly(new double[] {first, second}, within(1e-12));
      assertThat(change.bias()[0])
          .isCloseTo(1.75 - first * mean[0] - second * mean[1], within(1e-12));
    }
  }

  @Test
  void heldOutErrorIsNeverWorseThanWithoutAChange() {
    int changed = 0;
    for (int seed = 0; seed < 60; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int rows = 1 + seed % 20;
      double signal = seed % 3;
      try (Moments fit = new Moments(INPUTS, OUTPUTS);
          Moments heldOut = new Moments(INPUTS, OUTPUTS)) {
        double[] x = normal(random, rows * INPUTS);
        fit.add(x, residuals(x, rows, signal, random), rows);
        double[] other = normal(random, 8 * INPUTS);
        double[] wanted = residuals(other, 8, signal, random);
        heldOut.add(other, wanted, 8);
        RidgeRegression.Change change = RidgeRegression.fit(fit, heldOut);
        double without = error(other, wanted, null, fit.outputMean());
        double with = error(other, wanted, change.weight(), change.bias());
        assertThat(with).as("seed %d", seed).isLessThanOrEqualTo(without * (1 + 1e-9));
        changed += change.weight() == null ? 0 : 1;
      }
    }
    assertThat(changed).as("fits that changed weights").isBetween(10, 59);
  }

  /** Fewer rows than inputs: solved by rows; held out are rows that are kept, and their sums. */
  @Test
  void equationsOfRowsAndOfInputsHaveTheSameSolution() {
    int compared = 0;
    for (int seed = 0; seed < 20; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      double[] x = normal(random, 4 * INPUTS);
      double[] d = residuals(x, 4, 1, random);
      double[] other = normal(random, 3 * INPUTS);
      double[] wanted = residuals(other, 3, 1, random);
      try (Moments fit = new Moments(INPUTS, OUTPUTS);
          Moments heldOut = new Moments(INPUTS, OUTPUTS)) {
        fit.add(x, d, 4);
        heldOut.add(other, wanted, 3);
        assertThat(fit.hasRows() && heldOut.hasRows()).isTrue();
        try (RidgeSystem rows = new RowSystem(fit, heldOut);
            RidgeSystem inputs = new InputSystem(fit, heldOut)) {
          assertThat(fit.hasRows()).isFalse();
          for (double ridge : new double[] {1e-3, 1e-1, 10}) {
            try (DoublePointer byRows = rows.solve(ridge);
                DoublePointer byInputs = inputs.solve(ridge)) {
              assertThat(byRows).isNotNull();
              assertThat(byInputs).isNotNull();
              assertThat(rows.weight(byRows))
                  .containsExactly(inputs.weight(byInputs), within(1e-8));
              assertThat(rows.heldOutError(byRows))
                  .isCloseTo(inputs.heldOutError(byInputs), within(1e-7));
              compared++;
            }
          }
        }
      }
    }
    assertThat(compared).isEqualTo(60);
  }

  @Test
  void rowsAreSummedUpOnceThereAreMoreThanInputs() {
    SplittableRandom random = new SplittableRandom(3);
    double[] x = normal(random, 2 * INPUTS * INPUTS);
    double[] d = residuals(x, 2 * INPUTS, 1, random);
    try (Moments atOnce = new Moments(INPUTS, OUTPUTS);
        Moments oneByOne = new Moments(INPUTS, OUTPUTS);
        Moments empty = new Moments(INPUTS, OUTPUTS)) {
      atOnce.add(x, d, 2 * INPUTS);
      for (int row = 0; row < 2 * INPUTS; row++) {
        assertThat(oneByOne.hasRows()).isEqualTo(row <= INPUTS);
        oneByOne.add(
            Arrays.copyOfRange(x, row * INPUTS, (row + 1) * INPUTS),
            Arrays.copyOfRange(d, row * OUTPUTS, (row + 1) * OUTPUTS),
            1);
      }
      double[] weight = RidgeRegression.fit(atOnce, empty).weight();
      assertThat(weight).isNotNull();
      assertThat(RidgeRegression.fit(oneByOne, empty).weight())
          .containsExactly(weight, within(1e-9));
    }
  }

  @Test
  void constantCollinearAndZeroInputsStayFinite() {
    for (double step : new double[] {0, 1}) {
      double[] x = new double[16 * INPUTS];
      double[] d = new double[16 * OUTPUTS];
      for (int row = 0; row < 16; row++) {
        for (int k = 0; k < INPUTS; k++) {
          x[row * INPUTS + k] = step * row * (k + 1) + (k == 0 ? 3 : 0);
        }
        d[row * OUTPUTS] = row;
      }
      try (Moments fit = new Moments(INPUTS, OUTPUTS);
          Moments heldOut = new Moments(INPUTS, OUTPUTS)) {
        fit.add(x, d, 16);
        heldOut.add(x, d, 16);
        RidgeRegression.Change change = RidgeRegression.fit(fit, heldOut);
        assertThat(error(x, d, change.weight(), change.bias()))
            .isLessThanOrEqualTo(error(x, d, null, fit.outputMean()) + 1e-9);
        if (step == 0) {
          assertThat(change.weight()).isNull();
        }
      }
    }
  }

  @Test
  void productsAreThoseOfNaiveLoops() {
    SplittableRandom random = new SplittableRandom(5);
    int rows = 7;
    double[] x = normal(random, rows * INPUTS);
    double[] y = normal(random, rows * OUTPUTS);
    try (DoublePointer xs = new DoublePointer(x);
        DoublePointer ys = new DoublePointer(y);
        DoublePointer gram = Blas.zeros(INPUTS * INPUTS);
        DoublePointer product = Blas.zeros(INPUTS * OUTPUTS);
        DoublePointer again = Blas.zeros(INPUTS * OUTPUTS)) {
      Blas.addGram(xs, rows, INPUTS, gram);
      Blas.addProduct(xs, ys, rows, INPUTS, OUTPUTS, product);
      Blas.multiplySymmetric(gram, product, INPUTS, OUTPUTS, again);
      for (int i = 0; i < INPUTS; i++) {
        for (int n = 0; n < OUTPUTS; n++) {
          double sum = 0;
          double symmetric = 0;
          for (int row = 0; row < rows; row++) {
            sum += x[row * INPUTS + i] * y[row * OUTPUTS + n];
          }
          for (int k = 0; k < INPUTS; k++) {
            double entry = 0;
            for (int row = 0; row < rows; row++) {
              entry += x[row * INPUTS + i] * x[row * INPUTS + k];
            }
            symmetric += entry * product.get((long) k * OUTPUTS + n);
          }
          assertThat(product.get((long) i * OUTPUTS + n)).isCloseTo(sum, within(1e-12));
          assertThat(again.get((long) i * OUTPUTS + n)).isCloseTo(symmetric, within(1e-10));
        }
      }
      // Solving takes the product back.
      assertThat(Blas.solve(gram, again, INPUTS, OUTPUTS)).isTrue();
      for (int i = 0; i < INPUTS * OUTPUTS; i++) {
        assertThat(again.get(i)).isCloseTo(product.get(i), within(1e-8));
      }
    }
    try (DoublePointer zero = Blas.zeros(4);
        DoublePointer right = Blas.zeros(2)) {
      assertThat(Blas.solve(zero, right, 2, 1)).isFalse();
    }
  }

  private static double[] normal(SplittableRandom random, int count) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextGaussian();
    }
    return values;
  }

  private static double[] residuals(double[] x, int rows, double signal, SplittableRandom random) {
    double[] d = normal(random, rows * OUTPUTS);
    for (int i = 0; i < d.length; i++) {
      d[i] += signal * x[i / OUTPUTS * INPUTS + i % OUTPUTS];
    }
    return d;
  }

  private static double error(double[] x, double[] d, double @Nullable [] weight, double[] bias) {
    int outputs = bias.length;
    double sum = 0;
    for (int i = 0; i < d.length; i++) {
      double left = d[i] - bias[i % outputs];
      for (int k = 0; weight != null && k < INPUTS; k++) {
        left -= x[i / outputs * INPUTS + k] * weight[k * outputs + i % outputs];
      }
      sum += left * left;
    }
    return sum;
  }
}
