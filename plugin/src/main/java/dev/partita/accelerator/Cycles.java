package dev.partita.accelerator;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/**
 * Cycles that moving words takes on a target, at its own clock: {@code ceil(words * bytes of a word
 * / bandwidth)}.
 */
final class Cycles {
  private Cycles() {}

  /** DRAM cycles of one of {@code dramShare} accelerators that divide the bandwidth. */
  static long dram(Target target, Moved moved, int dramShare) {
    // Sharing multiplies the words instead of dividing the bandwidth: that stays exact.
    return Decimals.cycles(
        moved.bits(target).multiply(BigInteger.valueOf(dramShare)), target.dram().bytesPerCycle());
  }

  /** Buffer cycles; 0 where the buffer sets no limit. */
  static long buffer(Target target, Moved moved) {
    Double bytesPerCycle = target.buffer().bytesPerCycle();
    return bytesPerCycle == null ? 0 : Decimals.cycles(moved.bits(target), bytesPerCycle);
  }

  /**
   * Link cycles of one transfer of inputs or outputs, its latency included; 0 where nothing
   * travels.
   */
  static long link(Target target, long words) {
    if (words == 0) {
      return 0;
    }
    long latency = Math.multiplyExact(target.link().latencyCycles(), target.link().hops());
    return Math.addExact(
        latency, Decimals.cycles(new Moved(0, words).bits(target), target.link().bytesPerCycle()));
  }

  /** Whole bytes that hold what moved. */
  static long bytes(Target target, Moved moved) {
    return moved.bits(target).add(BigInteger.valueOf(7)).shiftRight(3).longValueExact();
  }

  /** Cycles of one clock as cycles of another, whole ones. */
  static long inClock(long cycles, double ownMhz, double mhz) {
    if (ownMhz == mhz) {
      return cycles;
    }
    return BigDecimal.valueOf(cycles)
        .multiply(BigDecimal.valueOf(mhz))
        .divide(BigDecimal.valueOf(ownMhz), 0, RoundingMode.CEILING)
        .longValueExact();
  }
}
