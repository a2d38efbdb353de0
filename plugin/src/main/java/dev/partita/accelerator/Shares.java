package dev.partita.accelerator;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * The part of every feature space that each accelerator gets, so that branches end together.
 *
 * <p>Between equal accelerators parts are equal. Between others they are found by the model itself:
 * from equal parts on, each is multiplied by the square root of the mean time over its own until no
 * step makes the slowest branch faster. A branch's time grows at least with its part and at most
 * with the square of it, so that each step takes away at least half of what is uneven; where DRAM
 * binds and inputs and outputs are both divided, parts come out as the root of the bandwidths.
 *
 * @param parts for each accelerator; they add up to 1
 */
public record Shares(ImmutableDoubleArray parts) {

  private static final int MAX_STEPS = 40;

  /**
   * A layer of the branches that are to end together.
   *
   * @param rows M
   * @param in K of the whole layer
   * @param out N of the whole layer, of which each branch has its part
   * @param dividesInput whether each branch has its part of the inputs as well, instead of all
   */
  public record BranchLayer(long rows, long in, long out, boolean dividesInput) {}

  /** Time of one accelerator that has a part of everything. */
  @FunctionalInterface
  interface Time {
    /** Time in any unit, growing with the part. */
    double of(int accelerator, double part);
  }

  /**
   * The parts for branches of these layers.
   *
   * @param sharing whether each accelerator has the DRAM bandwidth, or all share it
   * @throws IllegalArgumentException if a size is negative or too large to be counted in 63 bits
   */
  public static Shares balanced(Target target, List<BranchLayer> layers, DramSharing sharing) {
    ImmutableList<BranchLayer> checked = ImmutableList.copyOf(layers);
    for (BranchLayer layer : checked) {
      CostModel.checkSizes("layer", layer.rows(), layer.in(), layer.out());
    }
    Accelerators accelerators = Accelerators.of(target);
    if (accelerators.areEqual() || checked.isEmpty()) {
      return equal(accelerators.size());
    }
    int share = Accelerators.share(sharing, accelerators.size());
    return CostModel.counted(
        "region",
        () ->
            balanced(
                accelerators.size(),
                (accelerator, part) ->
                    checked.stream()
                        .map(layer -> block(layer, part))
                        .map(product -> accelerators.work(accelerator, product, share))
                        .mapToLong(Work::cycles)
                        .sum()));
  }

  /** Equal parts. */
  static Shares equal(int accelerators) {
    return new Shares(
        ImmutableDoubleArray.copyOf(
            DoubleStream.generate(() -> 1.0 / accelerators).limit(accelerators)));
  }

  static Shares balanced(int accelerators, Time time) {
    double[] parts = new double[accelerators];
    Arrays.fill(parts, 1.0 / accelerators);
    double[] best = parts;
    double least = Double.POSITIVE_INFINITY;
    for (int step = 0; step < MAX_STEPS; step++) {
      double[] times = new double[accelerators];
      for (int i = 0; i < accelerators; i++) {
        times[i] = Math.max(time.of(i, parts[i]), Double.MIN_NORMAL);
      }
      double slowest = Arrays.stream(times).max().orElseThrow();
      if (slowest < least) {
        least = slowest;
        best = parts.clone();
      }
      double mean = Arrays.stream(times).average().orElseThrow();
      double sum = 0;
      for (int i = 0; i < accelerators; i++) {
        parts[i] *= Math.sqrt(mean / times[i]);
        sum += parts[i];
      }
      for (int i = 0; i < accelerators; i++) {
        parts[i] /= sum;
      }
    }
    return new Shares(ImmutableDoubleArray.copyOf(best));
  }

  private static Product block(BranchLayer layer, double part) {
    long in = layer.dividesInput() ? features(layer.in(), part) : layer.in();
    return Product.of(layer.rows(), in, features(layer.out(), part));
  }

  private static long features(long size, double part) {
    return size == 0 ? 0 : Math.max(1, Math.round(size * part));
  }

  /**
   * Whole numbers in these proportions whose sum is {@code items}: rounded down, and what is left
   * to those that lost most by it, the first of equal ones. Nobody is left without where there are
   * as many items as accelerators.
   *
   * @throws IllegalArgumentException if the number is negative
   */
  public long[] sizes(long items) {
    Preconditions.checkArgument(items >= 0, "%s items", items);
    int accelerators = parts.length();
    long[] sizes = new long[accelerators];
    long least = items >= accelerators ? 1 : 0;
    long left = items;
    for (int i = 0; i < accelerators; i++) {
      sizes[i] = Math.max(least, (long) Math.floor(items * parts.get(i)));
      left -= sizes[i];
    }
    List<Integer> byLoss =
        IntStream.range(0, accelerators)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> sizes[i] - items * parts.get(i)))
            .toList();
    for (int i = 0; left > 0; i = (i + 1) % accelerators) {
      sizes[byLoss.get(i)]++;
      left--;
    }
    while (left < 0) {
      int largest =
          IntStream.range(0, accelerators)
              .boxed()
              .max(Comparator.comparingLong(i -> sizes[i]))
              .orElseThrow();
      sizes[largest]--;
      left++;
    }
    return sizes;
  }
}
