package dev.partita.repair;

import org.bytedeco.javacpp.DoublePointer;

/**
 * Sums over rows of inputs x and residuals d: {@code n, sum x, sum d, X'X, X'D, sum d^2}. All that
 * least squares needs; the rows themselves are not kept. Memory: {@code 8 K (K + N)} bytes outside
 * the heap.
 */
final class Moments implements AutoCloseable {

  private final int inputs;
  private final int outputs;
  private final double[] inputSum;
  private final double[] outputSum;
  private final DoublePointer gram;
  private final DoublePointer cross;
  private long rows;
  private double squares;

  Moments(int inputs, int outputs) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.inputSum = new double[inputs];
    this.outputSum = new double[outputs];
    this.gram = Blas.zeros((long) inputs * inputs);
    this.cross = Blas.zeros((long) inputs * outputs);
  }

  /** Adds a batch of rows, row-major. */
  void add(double[] x, double[] d, int count) {
    for (int row = 0; row < count; row++) {
      for (int k = 0; k < inputs; k++) {
        inputSum[k] += x[row * inputs + k];
      }
      for (int n = 0; n < outputs; n++) {
        double value = d[row * outputs + n];
        outputSum[n] += value;
        squares += value * value;
      }
    }
    rows += count;
    try (DoublePointer xs = new DoublePointer(x);
        DoublePointer ds = new DoublePointer(d)) {
      Blas.addGram(xs, count, inputs, gram);
      Blas.addProduct(xs, ds, count, inputs, outputs, cross);
    }
  }

  long rows() {
    return rows;
  }

  int inputs() {
    return inputs;
  }

  int outputs() {
    return outputs;
  }

  /** The mean of each input. */
  double[] inputMean() {
    return mean(inputSum);
  }

  /** The mean of each residual. */
  double[] outputMean() {
    return mean(outputSum);
  }

  private double[] mean(double[] sum) {
    double[] mean = sum.clone();
    for (int i = 0; i < mean.length; i++) {
      mean[i] = rows == 0 ? 0 : mean[i] / rows;
    }
    return mean;
  }

  /** {@code sum (x - a)(x - a)'} about any point a; upper triangle. The caller closes it. */
  DoublePointer gramAbout(double[] a) {
    DoublePointer about = new DoublePointer((long) inputs * inputs);
    double[] row = new double[inputs];
    for (int i = 0; i < inputs; i++) {
      gram.position((long) i * inputs).get(row, 0, inputs);
      for (int j = i; j < inputs; j++) {
        row[j] += rows * a[i] * a[j] - a[i] * inputSum[j] - inputSum[i] * a[j];
      }
      about.position((long) i * inputs).put(row, 0, inputs);
    }
    gram.position(0);
    return about.position(0);
  }

  /** {@code sum (x - a)(d - b)'}. The caller closes it. */
  DoublePointer crossAbout(double[] a, double[] b) {
    DoublePointer about = new DoublePointer((long) inputs * outputs);
    double[] row = new double[outputs];
    for (int i = 0; i < inputs; i++) {
      cross.position((long) i * outputs).get(row, 0, outputs);
      for (int j = 0; j < outputs; j++) {
        row[j] += rows * a[i] * b[j] - a[i] * outputSum[j] - inputSum[i] * b[j];
      }
      about.position((long) i * outputs).put(row, 0, outputs);
    }
    cross.position(0);
    return about.position(0);
  }

  /** {@code sum |d - b|^2}. */
  double squaresAbout(double[] b) {
    double about = squares;
    for (int n = 0; n < outputs; n++) {
      about += rows * b[n] * b[n] - 2 * b[n] * outputSum[n];
    }
    return Math.max(0, about);
  }

  /** The mean of the diagonal of the Gram matrix about a point, per row. */
  double meanVariance(double[] a) {
    double trace = 0;
    for (int i = 0; i < inputs; i++) {
      double square = gram.get((long) i * inputs + i);
      trace += square + rows * a[i] * a[i] - 2 * a[i] * inputSum[i];
    }
    return rows == 0 || inputs == 0 ? 0 : Math.max(0, trace) / rows / inputs;
  }

  @Override
  public void close() {
    gram.close();
    cross.close();
  }
}
