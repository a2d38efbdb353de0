package dev.partita.partition;

import dev.partita.dense.WeightMatrix;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Importance of the weights of one layer: {@code |W_kn| * rms(x_k)}, scaled so that its mean is 1
 * and layers of different units can be added up. Never held as a matrix: every sum is one pass over
 * the stored weights, in tiles whose number does not depend on the threads, so that the sums do not
 * either.
 */
public final class LayerImportance {

  private static final int TILES = 16;

  private final WeightMatrix weight;
  private final float[] inputScale;
  private final int threads;
  private final double scale;

  /**
   * Sums the importance of all weights once.
   *
   * @param inputScale rms of each input, length K; null for all alike
   */
  LayerImportance(WeightMatrix weight, float @Nullable [] inputScale, int threads) {
    this.weight = weight;
    this.threads = threads;
    float[] ones = new float[weight.in()];
    Arrays.fill(ones, 1);
    this.inputScale = inputScale == null ? ones : inputScale.clone();
    double[] sums = tiles(() -> new double[1], (sum, k, n, value) -> sum[0] += value);
    double total = 0;
    for (double sum : sums) {
      total += sum;
    }
    this.scale = total > 0 ? (double) weights() / total : 0;
  }

  /** The weights themselves. */
  WeightMatrix weight() {
    return weight;
  }

  /** The number of weights. */
  long weights() {
    return (long) weight.in() * weight.out();
  }

  /** The share of importance on weights whose input and output have the same owner. */
  double retained(int[] inOwners, int[] outOwners) {
    if (scale == 0) {
      return 1;
    }
    double[] sums =
        tiles(
            () -> new double[1],
            (sum, k, n, value) -> sum[0] += inOwners[k] == outOwners[n] ? value : 0);
    double kept = 0;
    for (double sum : sums) {
      kept += sum;
    }
    return kept * scale / weights();
  }

  /**
   * Adds to {@code scores[k * branches + p]} the importance that input k has to the outputs of
   * branch p.
   */
  void addInputScores(int[] outOwners, int branches, double[] scores) {
    add(
        scores,
        tiles(
            () -> new double[scores.length],
            (sum, k, n, value) -> sum[k * branches + outOwners[n]] += value));
  }

  /** Likewise for output n and the inputs of branch p. */
  void addOutputScores(int[] inOwners, int branches, double[] scores) {
    add(
        scores,
        tiles(
            () -> new double[scores.length],
            (sum, k, n, value) -> sum[n * branches + inOwners[k]] += value));
  }

  private void add(double[] scores, double[] sums) {
    for (int i = 0; i < scores.length; i++) {
      scores[i] += scale * sums[i];
    }
  }

  private interface Visit {
    void weight(double[] sum, int k, int n, double importance);
  }

  private interface Sums {
    double[] zero();
  }

  private double[] tiles(Sums sums, Visit visit) {
    int rows = weight.storedRows();
    int count = Math.min(TILES, rows);
    double[][] parts = new double[count][];
    IntStream tileIndices = IntStream.range(0, count);
    (threads > 1 ? tileIndices.parallel() : tileIndices)
        .forEach(
            tile -> {
              int first = (int) ((long) rows * tile / count);
              int last = (int) ((long) rows * (tile + 1) / count);
              double[] sum = sums.zero();
              visitRows(first, last, sum, visit);
              parts[tile] = sum;
            });
    double[] total = parts[0];
    for (int tile = 1; tile < count; tile++) {
      for (int i = 0; i < total.length; i++) {
        total[i] += parts[tile][i];
      }
    }
    return total;
  }

  private void visitRows(int first, int last, double[] sum, Visit visit) {
    float[] row = new float[weight.storedColumns()];
    boolean transposed = weight.transposed();
    for (int r = first; r < last; r++) {
      weight.readStored(r, 1, row);
      for (int c = 0; c < row.length; c++) {
        int k = transposed ? c : r;
        visit.weight(sum, k, transposed ? r : c, Math.abs(row[c]) * (double) inputScale[k]);
      }
    }
  }
}
