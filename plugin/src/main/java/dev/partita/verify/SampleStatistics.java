package dev.partita.verify;

import java.util.Arrays;

/** A number for each sample, and what it says about the mean. */
final class SampleStatistics {
  private double[] values = new double[64];
  private int count;

  void add(double value) {
    if (count == values.length) {
      values = Arrays.copyOf(values, 2 * count);
    }
    values[count++] = value;
  }

  int count() {
    return count;
  }

  double sum() {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += values[i];
    }
    return sum;
  }

  double mean() {
    return sum() / count;
  }

  /** Standard error of the mean; NaN with a single sample, which tells nothing about spread. */
  double standardError() {
    double mean = mean();
    double squares = 0;
    for (int i = 0; i < count; i++) {
      squares += (values[i] - mean) * (values[i] - mean);
    }
    return count < 2 ? Double.NaN : Math.sqrt(squares / (count - 1) / count);
  }

  /**
   * Standard error of {@code sum(this) / sum(denominator)} by the delta method: samples drawn again
   * move the ratio by the mean of {@code this - ratio * denominator}.
   */
  double standardErrorOfRatio(SampleStatistics denominator) {
    double ratio = sum() / denominator.sum();
    SampleStatistics residuals = new SampleStatistics();
    for (int i = 0; i < count; i++) {
      residuals.add(values[i] - ratio * denominator.values[i]);
    }
    return residuals.standardError() / denominator.mean();
  }

  /** Standard error of {@code sqrt(sum(this) / sum(denominator))}. */
  double standardErrorOfRootRatio(SampleStatistics denominator) {
    double ratio = sum() / denominator.sum();
    return ratio == 0 ? 0 : standardErrorOfRatio(denominator) / (2 * Math.sqrt(ratio));
  }
}
