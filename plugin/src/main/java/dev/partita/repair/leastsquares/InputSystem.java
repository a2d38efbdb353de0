package dev.partita.repair.leastsquares;

import dev.partita.repair.moments.Blas;
import dev.partita.repair.moments.Moments;
import org.bytedeco.javacpp.DoublePointer;
import org.jspecify.annotations.Nullable;

/** {@code (X'X + ridge) W = X'D}: one equation for each input; for many rows. */
final class InputSystem implements RidgeSystem {

  private final int inputs;
  private final int outputs;
  private final DoublePointer gram;
  private final DoublePointer cross;
  private final DoublePointer heldGram;
  private final DoublePointer heldCross;
  private final double heldSquares;

  InputSystem(PooledMoments pooled) {
    this.inputs = pooled.inputs();
    this.outputs = pooled.outputs();
    this.gram = Blas.copy(pooled.gram(), (long) inputs * inputs);
    this.cross = Blas.copy(pooled.cross(), (long) inputs * outputs);
    this.heldGram = Blas.copy(pooled.heldGram(), (long) inputs * inputs);
    this.heldCross = Blas.copy(pooled.heldCross(), (long) inputs * outputs);
    this.heldSquares = pooled.heldSquares();
  }

  InputSystem(Moments fit, Moments heldOut) {
    double[] inputMean = fit.inputMean();
    double[] outputMean = fit.outputMean();
    this.inputs = fit.inputs();
    this.outputs = fit.outputs();
    this.gram = fit.gramAbout(inputMean);
    this.cross = fit.crossAbout(inputMean, outputMean);
    this.heldGram = heldOut.gramAbout(inputMean);
    this.heldCross = heldOut.crossAbout(inputMean, outputMean);
    this.heldSquares = heldOut.squaresAbout(outputMean);
  }

  @Override
  public @Nullable DoublePointer solve(double ridge) {
    return RidgeSystem.solve(gram, cross, inputs, outputs, ridge);
  }

  /** {@code |D|^2 + tr(W'GW) - 2 tr(W'C)}. */
  @Override
  public double heldOutError(DoublePointer solution) {
    double[] weight = weight(solution);
    try (DoublePointer product = new DoublePointer((long) weight.length)) {
      Blas.multiplySymmetric(heldGram, solution, inputs, outputs, product);
      double[] gw = new double[weight.length];
      product.get(gw);
      double[] c = new double[weight.length];
      heldCross.get(c);
      double sum = 0;
      for (int i = 0; i < weight.length; i++) {
        sum += weight[i] * (gw[i] - 2 * c[i]);
      }
      return heldSquares + sum;
    }
  }

  @Override
  public double[] weight(DoublePointer solution) {
    double[] weight = new double[Math.multiplyExact(inputs, outputs)];
    solution.get(weight);
    return weight;
  }

  @Override
  public void close() {
    gram.close();
    cross.close();
    heldGram.close();
    heldCross.close();
  }
}
