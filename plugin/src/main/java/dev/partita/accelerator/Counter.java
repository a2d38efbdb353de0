package dev.partita.accelerator;

import com.google.common.base.Verify;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.Streams;
import java.util.Comparator;

/** Counts a product on one accelerator of a target. */
final class Counter {
  private Counter() {}

  /**
   * Counts {@code M x K x N}, in the way that takes the least time and then moves the fewest words.
   *
   * @param dramShare how many accelerators divide the DRAM bandwidth among them
   * @throws ArithmeticException if a count does not fit 63 bits
   */
  static Counts count(Target target, long m, long k, long n, int dramShare) {
    if (m == 0 || k == 0 || n == 0) {
      return Counts.NONE;
    }
    long macs = Words.product(m, k, n);
    long dramWords = dramWords(target, m, k, n);
    long arrayCycles = arrayCycles(target, m, k, n);
    long othersCycles = Math.max(arrayCycles, Cycles.dram(target, dramWords, dramShare));
    ArrayTraffic traffic =
        arrayTraffic(target, m, k, n).stream()
            .min(
                Comparator.<ArrayTraffic>comparingLong(
                        way -> Math.max(othersCycles, Cycles.buffer(target, way.bufferAccesses())))
                    .thenComparingLong(ArrayTraffic::total))
            .orElseThrow();
    return new Counts(macs, arrayCycles, dramWords, traffic.deliveries(), traffic.bufferAccesses());
  }

  /** The fewest words through DRAM over all legal tilings, never below {@code K*N + M*(K+N)}. */
  static long dramWords(Target target, long m, long k, long n) {
    long words = words(new LoopNest(m, k, n), bestTiling(target, m, k, n));
    long bound = Words.add(Words.product(k, n), Words.product(m, k), Words.product(m, n));
    Verify.verify(words >= bound, "%s words are below the bound of %s", words, bound);
    return words;
  }

  /** The legal tiling with the fewest words through DRAM, the first of equal ones. */
  static Fetches bestTiling(Target target, long m, long k, long n) {
    LoopNest nest = new LoopNest(m, k, n);
    int copies = target.buffer().doubleBuffered() ? 2 : 1;
    long room = target.bufferWords();
    return Streams.concat(
            nest.tilings(room, copies).stream(), nest.tilingsWithoutWeights(room, copies).stream())
        .min(Comparator.comparingLong(fetches -> words(nest, fetches)))
        .orElseThrow();
  }

  private static long arrayCycles(Target target, long m, long k, long n) {
    return switch (target.array().dataflow()) {
      case SPATIAL -> spatial(target).cycles(m, k, n);
      case SYSTOLIC_OUTPUT_STATIONARY -> systolic(target).outputStationaryCycles(m, k, n);
      case SYSTOLIC_WEIGHT_STATIONARY -> systolic(target).weightStationaryCycles(m, k, n);
    };
  }

  private static ImmutableList<ArrayTraffic> arrayTraffic(Target target, long m, long k, long n) {
    return switch (target.array().dataflow()) {
      case SPATIAL -> spatial(target).traffic(m, k, n);
      case SYSTOLIC_OUTPUT_STATIONARY ->
          ImmutableList.of(systolic(target).outputStationaryTraffic(m, k, n));
      case SYSTOLIC_WEIGHT_STATIONARY ->
          ImmutableList.of(systolic(target).weightStationaryTraffic(m, k, n));
    };
  }

  private static long words(LoopNest nest, Fetches fetches) {
    return Words.add(
        Words.product(nest.rows(), nest.in(), fetches.inputs()),
        Words.product(nest.in(), nest.out(), fetches.weights()),
        Words.product(nest.rows(), nest.out(), fetches.outputs()));
  }

  private static SpatialArray spatial(Target target) {
    return new SpatialArray(
        target.array().rows(), target.array().columns(), target.registerFileWords());
  }

  private static SystolicArray systolic(Target target) {
    return new SystolicArray(target.array().rows(), target.array().columns());
  }
}
