package dev.partita.repair.leastsquares;

import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.Matrix;
import dev.partita.repair.moments.BlasProducts;
import dev.partita.repair.moments.FiniteRows;
import dev.partita.repair.moments.Moments;
import dev.partita.rewrite.BlockWeights;
import org.jspecify.annotations.Nullable;

/** Least squares for one block: a change of the weights that it has. */
public final class Fit implements AutoCloseable {

  private final DenseLayer layer;
  private final int ins;
  private final int[] outs;
  private final Moments fit;
  private final Moments heldOut;
  private final BlockWeights base;

  /**
   * A fit without rows.
   *
   * @param ins features of the layer's input that the block reads
   * @param outs features of its output that the block makes
   * @param base what the block has now, which may have more inputs than those of the layer; null
   *     for the original's weights
   */
  public Fit(DenseLayer layer, int[] ins, int[] outs, @Nullable BlockWeights base) {
    this.layer = layer;
    this.outs = outs;
    this.base = base == null ? original(layer, ins, outs) : base;
    this.ins = this.base.weight().rows();
    this.fit = new Moments(this.ins, outs.length);
    this.heldOut = new Moments(this.ins, outs.length);
  }

  private static BlockWeights original(DenseLayer layer, int[] ins, int[] outs) {
    return new BlockWeights(
        layer.weight().block(ins, outs).times(layer.alpha()), new float[outs.length]);
  }

  /**
   * Adds a batch.
   *
   * @param x what the block reads, {@code [rows, ins]}
   * @param wanted what the whole original layer makes, {@code [rows, N]}
   * @param made what the block makes now, {@code [rows, outs]}
   */
  public void add(double[] x, float[] wanted, float[] made, int rows, boolean choose) {
    double[] residual = new double[made.length];
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < outs.length; i++) {
        int at = row * outs.length + i;
        residual[at] = (double) wanted[row * layer.out() + outs[i]] - made[at];
      }
    }
    addResidual(x, residual, rows, choose);
  }

  /**
   * Adds a batch of which the block makes what its weights say.
   *
   * @param x what the block reads, {@code [rows, ins]}
   * @param others the layer's other inputs, {@code [rows, others]}
   * @param dropped the weights from there to the block's outputs, {@code [others, outs]}
   */
  public void addLacking(double[] x, double[] others, double[] dropped, int rows, boolean choose) {
    double[] residual = new double[Math.multiplyExact(rows, outs.length)];
    BlasProducts.INSTANCE.multiply(
        others, dropped, rows, dropped.length / Math.max(1, outs.length), outs.length, residual);
    addResidual(x, residual, rows, choose);
  }

  private void addResidual(double[] x, double[] residual, int rows, boolean choose) {
    int[] kept = FiniteRows.of(x, ins, residual, outs.length, rows);
    if (kept.length > 0) {
      (choose ? heldOut : fit)
          .add(
              FiniteRows.select(x, ins, kept),
              FiniteRows.select(residual, outs.length, kept),
              kept.length);
    }
  }

  public BlockWeights solve() {
    RidgeRegression.Change change = RidgeRegression.fit(fit, heldOut);
    float[] weight = base.weight().values().clone();
    double[] added = change.weight();
    for (int i = 0; added != null && i < weight.length; i++) {
      weight[i] += (float) added[i];
    }
    float[] shift = base.biasShift().clone();
    for (int n = 0; n < shift.length; n++) {
      shift[n] += (float) change.bias()[n];
    }
    return new BlockWeights(new Matrix(ins, outs.length, weight), shift);
  }

  /** What the block has now, with the bias alone fitted. */
  public BlockWeights shifted() {
    float[] shift = base.biasShift().clone();
    double[] mean = fit.outputMean();
    for (int n = 0; n < shift.length; n++) {
      shift[n] += (float) mean[n];
    }
    return new BlockWeights(base.weight(), shift);
  }

  /** Adds the rows to those of other layers that share the block. */
  public void addTo(PooledMoments pooled) {
    pooled.add(fit, heldOut);
  }

  @Override
  public void close() {
    fit.close();
    heldOut.close();
  }
}
