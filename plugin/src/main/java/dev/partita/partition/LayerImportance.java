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
  private final float[] rowScale;
  private final float[] columnScale;
  private final int threads;

  /** Of all weights, before scaling; not a number until the first pass. */
  private double total = Double.NaN;

  private boolean summed;

  /**
   * The importance of a layer's weights, which are not read yet.
   *
   * @param inputScale rms of each input, length K; null for all alike
   */
  LayerImportance(WeightMatrix weight, float @Nullable [] inputScale, int threads) {
    this.weight = weight;
    this.threads = threads;
    float[] inputs = inputScale == null ? ones(weight.in()) : inputScale.clone();
    float[] outputs = ones(weight.out());
    this.rowScale = weight.transposed() ? outputs : inputs;
    this.columnScale = weight.transposed() ? inputs : outputs;
  }

  /** Whether all weights are numbers. */
  public boolean isFinite() {
    // Finite weights and scales are floats, whose sum of products cannot leave the range of
    // doubles.
    return Double.isFinite(total());
  }

  private double total() {
    if (!summed) {
      setTotal(sum(1, (row, r, into) -> into[0] += weighted(row, r))[0]);
    }
    return total;
  }

  private void setTotal(double sum) {
    total = sum;
    summed = true;
  }

  private double scale() {
    return total() > 0 ? weights() / total() : 0;
  }

  private static float[] ones(int count) {
    float[] ones = new float[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  private double weighted(float[] row, int r) {
    double sum = 0;
    for (int c = 0; c < row.length; c++) {
      sum += Math.abs(row[c]) * columnScale[c];
    }
    return sum * rowScale[r];
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
    int[] rowOwners = weight.transposed() ? outOwners : inOwners;
    int[] columnOwners = weight.transposed() ? inOwners : outOwners;
    // The first pass sums up everything on its way: reading is what takes the time.
    boolean first = !summed;
    double[] sums =
        sum(
            2,
            (row, r, into) -> {
              double sum = 0;
              int owner = rowOwners[r];
              for (int c = 0; c < row.length; c++) {
                sum += columnOwners[c] == owner ? Math.abs(row[c]) * columnScale[c] : 0;
              }
              into[0] += sum * rowScale[r];
              into[1] += first ? weighted(row, r) : 0;
            });
    if (first) {
      setTotal(sums[1]);
    }
    return scale() == 0 ? 1 : sums[0] * scale() / weights();
  }

  /**
   * Adds to {@code scores[k * branches + p]} the importance that input k has to the outputs of
   * branch p.
   */
  void addInputScores(int[] outOwners, int branches, double[] scores) {
    add(scores, branches, outOwners, !weight.transposed());
  }

  /** Likewise for output n and the inputs of branch p. */
  void addOutputScores(int[] inOwners, int branches, double[] scores) {
    add(scores, branches, inOwners, weight.transposed());
  }

  /** Scores stored rows by the owners of columns, or columns by the owners of rows. */
  private void add(double[] scores, int branches, int[] owners, boolean ofRows) {
    double[] sums = ofRows ? rowScores(owners, branches) : columnScores(owners, branches);
    double scale = scale();
    for (int i = 0; i < scores.length; i++) {
      scores[i] += scale * sums[i];
    }
  }

  private double[] rowScores(int[] columnOwners, int branches) {
    double[] scores = new double[weight.storedRows() * branches];
    double[] unused =
        sum(
            0,
            (row, r, into) -> {
              // Every row is visited once, so that tiles write to places of their own.
              int at = r * branches;
              for (int c = 0; c < row.length; c++) {
                scores[at + columnOwners[c]] += Math.abs(row[c]) * columnScale[c];
              }
              for (int p = 0; p < branches; p++) {
                scores[at + p] *= rowScale[r];
              }
            });
    return scores;
  }

  private double[] columnScores(int[] rowOwners, int branches) {
    int columns = weight.storedColumns();
    // Branch by branch, so that a row adds to neighbouring places.
    double[] sums =
        sum(
            branches * columns,
            (row, r, into) -> {
              int at = rowOwners[r] * columns;
              double factor = rowScale[r];
              for (int c = 0; c < columns; c++) {
                into[at + c] += Math.abs(row[c]) * factor;
              }
            });
    double[] scores = new double[sums.length];
    for (int p = 0; p < branches; p++) {
      for (int c = 0; c < columns; c++) {
        scores[c * branches + p] = sums[p * columns + c] * columnScale[c];
      }
    }
    return scores;
  }

  private interface RowVisit {
    void row(float[] row, int index, double[] into);
  }

  /** Sums over all stored rows, tile by tile, added up in the order of the tiles. */
  private double[] sum(int size, RowVisit visit) {
    int rows = weight.storedRows();
    int count = Math.min(TILES, rows);
    double[][] parts = new double[count][];
    IntStream tiles = IntStream.range(0, count);
    (threads > 1 ? tiles.parallel() : tiles)
        .forEach(
            tile -> {
              int first = (int) ((long) rows * tile / count);
              int last = (int) ((long) rows * (tile + 1) / count);
              double[] into = new double[size];
              float[] row = new float[weight.storedColumns()];
              for (int r = first; r < last; r++) {
                weight.readStored(r, 1, row);
                visit.row(row, r, into);
              }
              parts[tile] = into;
            });
    double[] total = parts[0];
    for (int tile = 1; tile < count; tile++) {
      for (int i = 0; i < size; i++) {
        total[i] += parts[tile][i];
      }
    }
    return total;
  }
}
