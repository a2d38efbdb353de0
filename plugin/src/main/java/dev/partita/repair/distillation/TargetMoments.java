package dev.partita.repair.distillation;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import dev.partita.dense.find.FeatureAxis;
import dev.partita.gradient.Loss;
import dev.partita.runtime.Batch;
import dev.partita.runtime.Tensor;
import java.util.List;
import java.util.Map;

/** How large targets are and how much they vary, from a few batches of them. */
public final class TargetMoments {

  /** A column that varies by less than this share of its size is constant but for rounding. */
  private static final double CONSTANT = 1e-6;

  private final List<Sample> samples;

  /**
   * What the original makes of a batch.
   *
   * @param targets by name
   */
  public record Sample(Batch batch, Map<String, Tensor> targets) {}

  public TargetMoments(List<Sample> samples) {
    this.samples = List.copyOf(samples);
  }

  int rank(String value) {
    return first(value).rank();
  }

  private Tensor first(String value) {
    return target(samples.get(0), value);
  }

  private static Tensor target(Sample sample, String value) {
    Tensor target = sample.targets().get(value);
    if (target == null) {
      throw new IllegalArgumentException("There is no target " + value + ".");
    }
    return target;
  }

  /** Mean of the squares; 1 where all numbers are 0. */
  double meanSquare(String value) {
    Sums all = new Sums();
    visit(value, (index, number) -> all.add(number));
    return all.meanSquare();
  }

  /**
   * The variance of each column along an axis, about its own mean; the mean square of a column that
   * is constant.
   *
   * @param axis from the front; -1 where there is one column
   */
  Loss.Columns columns(String value, int axis) {
    Tensor like = first(value);
    boolean single = axis < 0 || axis >= like.rank();
    int columns = single ? 1 : Math.toIntExact(like.shape().get(axis));
    long inner =
        single
            ? 1
            : like.shape().subArray(axis + 1, like.rank()).stream().reduce(1, (a, b) -> a * b);
    Sums[] sums = new Sums[columns];
    for (int i = 0; i < columns; i++) {
      sums[i] = new Sums();
    }
    visit(value, (index, number) -> sums[(int) (index / inner % columns)].add(number));
    ImmutableList.Builder<Double> divisors = ImmutableList.builder();
    for (Sums column : sums) {
      divisors.add(column.varies() ? column.variance() : column.meanSquare());
    }
    return new Loss.Columns(single ? Math.max(0, like.rank() - 1) : axis, divisors.build());
  }

  private interface Visitor {
    void visit(long index, double number);
  }

  /** All numbers that count. */
  private void visit(String value, Visitor visitor) {
    for (Sample sample : samples) {
      Tensor target = target(sample, value);
      int features =
          target.rank() == 0 ? 1 : Math.toIntExact(target.shape().get(target.rank() - 1));
      ImmutableIntArray kept =
          target.rank() < 2
              ? null
              : sample.batch().mask().rows(value, target.shape(), FeatureAxis.LAST);
      int rows = kept == null ? target.elements() / Math.max(1, features) : kept.length();
      for (int row = 0; row < rows; row++) {
        int at = (kept == null ? row : kept.get(row)) * features;
        for (int i = at; i < at + features; i++) {
          visitor.visit(i, target.doubleAt(i));
        }
      }
    }
  }

  /** Sums about the first number, which keep their digits where the mean is far from 0. */
  private static final class Sums {
    private long count;
    private double shift;
    private double moved;
    private double movedSquares;
    private double squares;

    void add(double number) {
      if (count++ == 0) {
        shift = number;
      }
      moved += number - shift;
      movedSquares += (number - shift) * (number - shift);
      squares += number * number;
    }

    double meanSquare() {
      return squares == 0 ? 1 : squares / count;
    }

    double variance() {
      return (movedSquares - moved * moved / count) / count;
    }

    boolean varies() {
      return count > 1 && variance() > CONSTANT * CONSTANT * meanSquare();
    }
  }
}
