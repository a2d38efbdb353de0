package dev.partita.repair;

import dev.partita.dense.DenseLayer;
import dev.partita.rewrite.BlockWeights;

/** Least squares for one block. */
final class Fit implements AutoCloseable {

  private final DenseLayer layer;
  private final int[] ins;
  private final int[] outs;
  private final Moments fit;
  private final Moments heldOut;

  Fit(DenseLayer layer, int[] ins, int[] outs) {
    this.layer = layer;
    this.ins = ins;
    this.outs = outs;
    this.fit = new Moments(ins.length, outs.length);
    this.heldOut = new Moments(ins.length, outs.length);
  }

  /**
   * Adds a batch.
   *
   * @param x what the block reads, {@code [rows, ins]}
   * @param wanted what the whole original layer makes, {@code [rows, N]}
   * @param made what the block makes now, {@code [rows, outs]}
   */
  void add(double[] x, float[] wanted, float[] made, int rows, boolean choose) {
    double[] residual = new double[made.length];
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < outs.length; i++) {
        int at = row * outs.length + i;
        residual[at] = (double) wanted[row * layer.out() + outs[i]] - made[at];
      }
    }
    int[] kept = FiniteRows.of(x, ins.length, residual, outs.length, rows);
    if (kept.length > 0) {
      (choose ? heldOut : fit)
          .add(
              FiniteRows.select(x, ins.length, kept),
              FiniteRows.select(residual, outs.length, kept),
              kept.length);
    }
  }

  BlockWeights solve() {
    RidgeRegression.Change change = RidgeRegression.fit(fit, heldOut);
    float[] weight = layer.weight().block(ins, outs);
    double[] added = change.weight();
    for (int i = 0; i < weight.length; i++) {
      weight[i] = layer.alpha() * weight[i] + (added == null ? 0 : (float) added[i]);
    }
    float[] shift = new float[outs.length];
    for (int n = 0; n < shift.length; n++) {
      shift[n] = (float) change.bias()[n];
    }
    return new BlockWeights(weight, shift);
  }

  @Override
  public void close() {
    fit.close();
    heldOut.close();
  }
}
