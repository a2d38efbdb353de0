package dev.partita.repair.moments;

import com.google.common.collect.ImmutableList;
import dev.partita.partition.FeatureCovariance;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.DoublePointer;

/** Sums over the rows of a value: means, mean squares and, where asked for, covariances. */
public final class InputMoments implements AutoCloseable {

  private final int features;
  private final int runLength;
  private final double[] sum;
  private final double[] squares;
  private final List<DoublePointer> grams = new ArrayList<>();
  private long rows;

  /**
   * Nothing summed yet.
   *
   * @param withCovariance whether {@link #covariance} will be asked for
   */
  public InputMoments(int features, boolean withCovariance) {
    this.features = features;
    this.runLength = FeatureCovariance.runLength(features);
    this.sum = new double[features];
    this.squares = new double[features];
    if (withCovariance) {
      for (int first = 0; first < features; first += runLength) {
        long size = size(first);
        grams.add(Blas.zeros(size * size));
      }
    }
  }

  private int size(int first) {
    return Math.min(runLength, features - first);
  }

  /** Adds a batch. */
  public void add(Rows batch) {
    double[] all = doubles(batch.values());
    int[] kept = FiniteRows.of(all, features, all, features, batch.count());
    double[] values = FiniteRows.select(all, features, kept);
    int count = kept.length;
    if (count == 0) {
      return;
    }
    for (int row = 0; row < count; row++) {
      for (int k = 0; k < features; k++) {
        double value = values[row * features + k];
        sum[k] += value;
        squares[k] += value * value;
      }
    }
    rows += count;
    for (int run = 0; run < grams.size(); run++) {
      int first = run * runLength;
      int size = size(first);
      double[] part = new double[Math.multiplyExact(count, size)];
      for (int row = 0; row < count; row++) {
        for (int k = 0; k < size; k++) {
          part[row * size + k] = values[row * features + first + k];
        }
      }
      try (DoublePointer x = new DoublePointer(part)) {
        Blas.addGram(x, count, size, grams.get(run));
      }
    }
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  /** The root mean square of each feature. */
  public float[] rootMeanSquares() {
    float[] scales = new float[features];
    for (int k = 0; k < features; k++) {
      scales[k] = (float) Math.sqrt(squares[k] / Math.max(1, rows));
    }
    return scales;
  }

  /** The covariance, in runs where the value is wide. */
  public FeatureCovariance covariance() {
    ImmutableList.Builder<FeatureCovariance.Run> runs = ImmutableList.builder();
    for (int run = 0; run < grams.size(); run++) {
      int first = run * runLength;
      int size = size(first);
      double[] matrix = new double[size * size];
      grams.get(run).get(matrix);
      for (int i = 0; i < size; i++) {
        for (int j = i; j < size; j++) {
          double product = sum[first + i] * sum[first + j] / Math.max(1, rows);
          double value = (matrix[i * size + j] - product) / Math.max(1, rows);
          matrix[i * size + j] = value;
          matrix[j * size + i] = value;
        }
      }
      runs.add(new FeatureCovariance.Run(first, size, matrix));
    }
    return new FeatureCovariance(runs.build());
  }

  @Override
  public void close() {
    grams.forEach(DoublePointer::close);
  }
}
