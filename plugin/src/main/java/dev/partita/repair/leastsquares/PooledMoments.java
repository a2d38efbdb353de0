package dev.partita.repair.leastsquares;

import dev.partita.dense.find.Matrix;
import dev.partita.repair.moments.Blas;
import dev.partita.repair.moments.Moments;
import org.bytedeco.javacpp.DoublePointer;

/**
 * Sums over the rows of several layers that share a block of weights, each about the means of its
 * own rows: a layer has a bias of its own. Memory: {@code 16 K (K + N)} bytes outside the heap.
 */
public final class PooledMoments implements AutoCloseable {

  private final int inputs;
  private final int outputs;
  private final DoublePointer gram;
  private final DoublePointer cross;
  private final DoublePointer heldGram;
  private final DoublePointer heldCross;
  private double heldSquares;
  private double variance;
  private long rows;
  private long heldRows;

  /** Sums over no rows. */
  public PooledMoments(int inputs, int outputs) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.gram = Blas.zeros((long) inputs * inputs);
    this.cross = Blas.zeros((long) inputs * outputs);
    this.heldGram = Blas.zeros((long) inputs * inputs);
    this.heldCross = Blas.zeros((long) inputs * outputs);
  }

  /**
   * Adds the rows of a layer.
   *
   * @param fit rows to fit
   * @param heldOut rows to choose the ridge on
   */
  public void add(Moments fit, Moments heldOut) {
    if (fit.rows() == 0) {
      return;
    }
    double[] inputMean = fit.inputMean();
    double[] outputMean = fit.outputMean();
    add(fit.gramAbout(inputMean), gram, inputs);
    add(fit.crossAbout(inputMean, outputMean), cross, outputs);
    add(heldOut.gramAbout(inputMean), heldGram, inputs);
    add(heldOut.crossAbout(inputMean, outputMean), heldCross, outputs);
    heldSquares += heldOut.squaresAbout(outputMean);
    variance += fit.meanVariance(inputMean) * fit.rows();
    rows += fit.rows();
    heldRows += heldOut.rows();
  }

  private void add(DoublePointer more, DoublePointer sum, int columns) {
    try (DoublePointer added = more) {
      double[] one = new double[columns];
      double[] other = new double[columns];
      for (long row = 0; row < inputs; row++) {
        added.position(row * columns).get(one, 0, columns);
        sum.position(row * columns).get(other, 0, columns);
        for (int i = 0; i < columns; i++) {
          other[i] += one[i];
        }
        sum.put(other, 0, columns);
      }
      added.position(0);
      sum.position(0);
    }
  }

  /** A block with the change of weights that leaves least, or as it is where none is better. */
  public Matrix refined(Matrix block) {
    double[] change = RidgeRegression.fit(this);
    float[] values = block.values().clone();
    for (int i = 0; change != null && i < values.length; i++) {
      values[i] += (float) change[i];
    }
    return new Matrix(inputs, outputs, values);
  }

  int inputs() {
    return inputs;
  }

  int outputs() {
    return outputs;
  }

  /** Upper triangle. */
  DoublePointer gram() {
    return gram;
  }

  DoublePointer cross() {
    return cross;
  }

  /** Upper triangle. */
  DoublePointer heldGram() {
    return heldGram;
  }

  DoublePointer heldCross() {
    return heldCross;
  }

  double heldSquares() {
    return heldSquares;
  }

  /** The mean of the inputs' sums of squares, which ridges are relative to. */
  double unit() {
    return variance;
  }

  long rows() {
    return rows;
  }

  long heldRows() {
    return heldRows;
  }

  @Override
  public void close() {
    gram.close();
    cross.close();
    heldGram.close();
    heldCross.close();
  }
}
