package dev.partita.repair.moments;

import java.util.Objects;
import org.bytedeco.javacpp.DoublePointer;
import org.jspecify.annotations.Nullable;

/**
 * Sums over rows of inputs x and residuals d: {@code n, sum x, sum d, X'X, X'D, sum d^2}. All that
 * least squares needs. As long as there are no more rows than inputs the rows themselves are kept,
 * which are smaller than the sums of their products, and quicker to work with; then they are summed
 * up. Memory: at most {@code 8 K (K + N)} bytes outside the heap, and one batch.
 */
public final class Moments implements AutoCloseable {

  private final int inputs;
  private final int outputs;
  private final double[] inputSum;
  private final double[] inputSquares;
  private final double[] outputSum;
  private final KeptRows kept = new KeptRows();
  private @Nullable DoublePointer gram;
  private @Nullable DoublePointer cross;
  private long rows;
  private double squares;

  public Moments(int inputs, int outputs) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.inputSum = new double[inputs];
    this.inputSquares = new double[inputs];
    this.outputSum = new double[outputs];
  }

  /** Adds a batch of rows, row-major. */
  public void add(double[] x, double[] d, int count) {
    for (int row = 0; row < count; row++) {
      for (int k = 0; k < inputs; k++) {
        double value = x[row * inputs + k];
        inputSum[k] += value;
        inputSquares[k] += value * value;
      }
      for (int n = 0; n < outputs; n++) {
        double value = d[row * outputs + n];
        outputSum[n] += value;
        squares += value * value;
      }
    }
    rows += count;
    kept.add(new DoublePointer(x), new DoublePointer(d), count);
    if (gram != null || rows > inputs) {
      sumUp();
    }
  }

  /** Sums up the rows that are still kept. */
  private void sumUp() {
    DoublePointer grams = gram == null ? Blas.zeros((long) inputs * inputs) : gram;
    gram = grams;
    DoublePointer crosses = cross == null ? Blas.zeros((long) inputs * outputs) : cross;
    cross = crosses;
    kept.drain(
        (x, d, count) -> {
          Blas.addGram(x, count, inputs, grams);
          Blas.addProduct(x, d, count, inputs, outputs, crosses);
        });
  }

  /** Whether the rows themselves are at hand. */
  public boolean hasRows() {
    return gram == null;
  }

  /** {@code X - 1 a'}, {@code [rows, K]}; only if {@link #hasRows}. The caller closes it. */
  public DoublePointer inputsAbout(double[] a) {
    return kept.inputsAbout(a, rows);
  }

  /** {@code D - 1 b'}, {@code [rows, N]}; only if {@link #hasRows}. The caller closes it. */
  public DoublePointer outputsAbout(double[] b) {
    return kept.outputsAbout(b, rows);
  }

  public long rows() {
    return rows;
  }

  public int inputs() {
    return inputs;
  }

  public int outputs() {
    return outputs;
  }

  /** The mean of each input. */
  public double[] inputMean() {
    return mean(inputSum);
  }

  /** The mean of each residual. */
  public double[] outputMean() {
    return mean(outputSum);
  }

  private double[] mean(double[] sum) {
    double[] mean = sum.clone();
    for (int i = 0; i < mean.length; i++) {
      mean[i] = rows == 0 ? 0 : mean[i] / rows;
    }
    return mean;
  }

  private DoublePointer gram() {
    sumUp();
    return Objects.requireNonNull(gram);
  }

  private DoublePointer cross() {
    sumUp();
    return Objects.requireNonNull(cross);
  }

  /** {@code sum (x - a)(x - a)'} about any point a; upper triangle. The caller closes it. */
  public DoublePointer gramAbout(double[] a) {
    DoublePointer sum = gram();
    DoublePointer about = new DoublePointer((long) inputs * inputs);
    double[] row = new double[inputs];
    for (int i = 0; i < inputs; i++) {
      sum.position((long) i * inputs).get(row, 0, inputs);
      for (int j = i; j < inputs; j++) {
        row[j] += rows * a[i] * a[j] - a[i] * inputSum[j] - inputSum[i] * a[j];
      }
      about.position((long) i * inputs).put(row, 0, inputs);
    }
    sum.position(0);
    return about.position(0);
  }

  /** {@code sum (x - a)(d - b)'}. The caller closes it. */
  public DoublePointer crossAbout(double[] a, double[] b) {
    DoublePointer sum = cross();
    DoublePointer about = new DoublePointer((long) inputs * outputs);
    double[] row = new double[outputs];
    for (int i = 0; i < inputs; i++) {
      sum.position((long) i * outputs).get(row, 0, outputs);
      for (int j = 0; j < outputs; j++) {
        row[j] += rows * a[i] * b[j] - a[i] * outputSum[j] - inputSum[i] * b[j];
      }
      about.position((long) i * outputs).put(row, 0, outputs);
    }
    sum.position(0);
    return about.position(0);
  }

  /** {@code sum |d - b|^2}. */
  public double squaresAbout(double[] b) {
    double about = squares;
    for (int n = 0; n < outputs; n++) {
      about += rows * b[n] * b[n] - 2 * b[n] * outputSum[n];
    }
    return Math.max(0, about);
  }

  /** The mean of the diagonal of the Gram matrix about a point, per row. */
  public double meanVariance(double[] a) {
    double trace = 0;
    for (int i = 0; i < inputs; i++) {
      trace += inputSquares[i] + rows * a[i] * a[i] - 2 * a[i] * inputSum[i];
    }
    return rows == 0 || inputs == 0 ? 0 : Math.max(0, trace) / rows / inputs;
  }

  @Override
  public void close() {
    kept.close();
    if (gram != null) {
      gram.close();
    }
    if (cross != null) {
      cross.close();
    }
  }
}
