package dev.partita.repair.leastsquares;

import dev.partita.repair.moments.Blas;
import dev.partita.repair.moments.Moments;
import org.bytedeco.javacpp.DoublePointer;
import org.jspecify.annotations.Nullable;

/**
 * {@code (XX' + ridge) A = D} and {@code W = X'A}: one equation for each row. The same change of
 * weights as that of {@link InputSystem}, quicker where there are fewer rows than inputs.
 */
final class RowSystem implements RidgeSystem {

  private final int inputs;
  private final int outputs;
  private final int rows;
  private final int heldRows;
  private final DoublePointer x;
  private final DoublePointer d;
  private final DoublePointer kernel;
  private final DoublePointer heldKernel;
  private final DoublePointer heldD;

  RowSystem(Moments fit, Moments heldOut) {
    double[] inputMean = fit.inputMean();
    double[] outputMean = fit.outputMean();
    this.inputs = fit.inputs();
    this.outputs = fit.outputs();
    this.rows = Math.toIntExact(fit.rows());
    this.heldRows = Math.toIntExact(heldOut.rows());
    this.x = fit.inputsAbout(inputMean);
    this.d = fit.outputsAbout(outputMean);
    this.kernel = new DoublePointer((long) rows * rows);
    Blas.kernel(x, rows, inputs, kernel);
    this.heldD = heldOut.outputsAbout(outputMean);
    this.heldKernel = new DoublePointer((long) heldRows * rows);
    if (heldRows > 0) {
      try (DoublePointer heldX = heldOut.inputsAbout(inputMean)) {
        Blas.multiplyTransposed(heldX, x, heldRows, rows, inputs, heldKernel);
      }
    }
  }

  @Override
  public @Nullable DoublePointer solve(double ridge) {
    return RidgeSystem.solve(kernel, d, rows, outputs, ridge);
  }

  @Override
  public double heldOutError(DoublePointer solution) {
    if (heldRows == 0) {
      return 0;
    }
    int elements = Math.multiplyExact(heldRows, outputs);
    try (DoublePointer left = Blas.copy(heldD, elements)) {
      Blas.subtractProduct(heldKernel, solution, heldRows, outputs, rows, left);
      return Blas.squares(left, elements);
    }
  }

  @Override
  public double[] weight(DoublePointer solution) {
    double[] weight = new double[Math.multiplyExact(inputs, outputs)];
    try (DoublePointer product = Blas.zeros(weight.length)) {
      Blas.addProduct(x, solution, rows, inputs, outputs, product);
      product.get(weight);
    }
    return weight;
  }

  @Override
  public void close() {
    x.close();
    d.close();
    kernel.close();
    heldKernel.close();
    heldD.close();
  }
}
