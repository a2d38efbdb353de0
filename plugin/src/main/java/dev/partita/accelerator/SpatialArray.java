package dev.partita.accelerator;

import static dev.partita.accelerator.Decimals.ceilDivide;

import com.google.common.collect.ImmutableList;

/**
 * Counts of an Eyeriss-like array of {@code R x C} multipliers on a product of {@code M x K x N}.
 *
 * <p>Of the R rows, {@code a} (a divisor of R) work on different input features and the others,
 * with all columns, on different output features: a pass covers {@code a} inputs and {@code g =
 * (R/a)*C} outputs, each no more than there are. Within a pass each multiplier walks over the tile
 * of its register file.
 *
 * @param rows R
 * @param columns C
 * @param registers the register file of one multiplier
 */
record SpatialArray(long rows, long columns, Room registers) implements ArrayModel {

  /**
   * {@code min over a dividing R of ceil(K / min(a,K)) * ceil(N / min((R/a)*C, N)) * M}, which is
   * what nn_dataflow 2.1 computes for a fully connected layer.
   */
  @Override
  public long cycles(long m, long k, long n) {
    long least = Long.MAX_VALUE;
    for (long a = 1; a <= rows; a++) {
      if (rows % a == 0) {
        least = Math.min(least, cycles(m, k, n, a));
      }
    }
    return least;
  }

  /**
   * The ways to walk through the product in the fewest cycles, by the words they move.
   *
   * <p>The register files are one more level of storage, so the same loop nest is counted once
   * more, over tiles of whole passes. A fetch of a weight reaches one multiplier; a fetch of an
   * input reaches the {@code g} multipliers that use it; an output is collected from the {@code a}
   * multipliers that share it. An operand fetched more than once is fetched from the buffer, each
   * time; one fetched once goes straight through.
   */
  @Override
  public ImmutableList<ArrayTraffic> traffic(long m, long k, long n) {
    long least = cycles(m, k, n);
    ImmutableList.Builder<ArrayTraffic> traffic = ImmutableList.builder();
    for (long a = 1; a <= rows; a++) {
      if (rows % a == 0 && cycles(m, k, n, a) == least) {
        long inputsAtOnce = Math.min(a, k);
        long outputsAtOnce = outputsAtOnce(n, a);
        LoopNest passes =
            new LoopNest(m, ceilDivide(k, inputsAtOnce), ceilDivide(n, outputsAtOnce));
        for (Fetches fetches : passes.tilings(registers)) {
          traffic.add(traffic(m, k, n, fetches, inputsAtOnce, outputsAtOnce));
        }
      }
    }
    return traffic.build();
  }

  private static ArrayTraffic traffic(
      long m, long k, long n, Fetches fetches, long inputsAtOnce, long outputsAtOnce) {
    long inputs = Words.product(m, k, fetches.inputs());
    long weights = Words.product(k, n, fetches.weights());
    long outputs = Words.product(m, n, fetches.outputs());
    return new ArrayTraffic(
        new Moved(
            weights,
            Words.add(
                Math.multiplyExact(inputs, outputsAtOnce),
                Math.multiplyExact(outputs, inputsAtOnce))),
        new Moved(
            fetches.weights() > 1 ? weights : 0,
            Words.add(fetches.inputs() > 1 ? inputs : 0, fetches.outputs() > 1 ? outputs : 0)));
  }

  private long cycles(long m, long k, long n, long a) {
    return Words.product(ceilDivide(k, Math.min(a, k)), ceilDivide(n, outputsAtOnce(n, a)), m);
  }

  private long outputsAtOnce(long n, long a) {
    return Math.min(rows / a * columns, n);
  }
}
