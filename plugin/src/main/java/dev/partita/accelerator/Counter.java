package dev.partita.accelerator;

import com.google.common.base.Verify;
import com.google.common.collect.Streams;
import java.math.BigInteger;
import java.util.Comparator;

/** Counts a product on one accelerator of a target. */
final class Counter {
  private Counter() {}

  /**
   * Counts a product, in the way that takes the least time and then moves the fewest bits.
   *
   * @param dramShare how many accelerators divide the DRAM bandwidth among them
   * @throws ArithmeticException if a count does not fit 63 bits
   */
  static Counts count(Target target, Product product, int dramShare) {
    if (product.isEmpty()) {
      return Counts.NONE;
    }
    long macs = Words.product(product.rows(), product.in(), product.out());
    Moved dram = dram(target, product);
    ArrayModel array = target.array().dataflow().on(target);
    long arrayCycles = array.cycles(product.rows(), product.in(), product.out());
    long othersCycles = Math.max(arrayCycles, Cycles.dram(target, dram, dramShare));
    ArrayTraffic traffic =
        array.traffic(product.rows(), product.in(), product.out()).stream()
            .min(
                Comparator.<ArrayTraffic>comparingLong(
                        way -> Math.max(othersCycles, Cycles.buffer(target, way.bufferAccesses())))
                    .thenComparing(way -> way.total().bits(target)))
            .orElseThrow();
    return new Counts(macs, arrayCycles, dram, traffic.deliveries(), traffic.bufferAccesses());
  }

  /** The least through DRAM over all legal tilings; never below each operand once. */
  static Moved dram(Target target, Product product) {
    Moved moved = product.moved(bestTiling(target, product));
    BigInteger bits = moved.bits(target);
    BigInteger bound = product.moved(Fetches.ONCE).bits(target);
    Verify.verify(
        bits.compareTo(bound) >= 0, "%s bits through DRAM are below the bound of %s", bits, bound);
    return moved;
  }

  /** The legal tiling with the fewest bits through DRAM, the first of equal ones. */
  static Fetches bestTiling(Target target, Product product) {
    LoopNest nest = product.nest();
    Room room = Room.buffer(target);
    return Streams.concat(nest.tilings(room).stream(), nest.tilingsWithoutWeights(room).stream())
        .min(Comparator.comparing(fetches -> product.moved(fetches).bits(target)))
        .orElseThrow();
  }
}
