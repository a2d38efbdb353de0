package dev.partita.accelerator;

import java.math.BigInteger;

/**
 * Cycles that moving words takes on a target: {@code ceil(words * bytes of a word / bandwidth)}.
 */
final class Cycles {
  private Cycles() {}

  /** DRAM cycles of one of {@code dramShare} accelerators that divide the bandwidth. */
  static long dram(Target target, long words, int dramShare) {
    // Sharing multiplies the words instead of dividing the bandwidth: that stays exact.
    return Decimals.cycles(
        bits(target, words).multiply(BigInteger.valueOf(dramShare)), target.dram().bytesPerCycle());
  }

  /** Buffer cycles; 0 where the buffer sets no limit. */
  static long buffer(Target target, long words) {
    Double bytesPerCycle = target.buffer().bytesPerCycle();
    return bytesPerCycle == null ? 0 : Decimals.cycles(bits(target, words), bytesPerCycle);
  }

  /** Link cycles of one transfer, its latency included; 0 where nothing travels. */
  static long link(Target target, long words) {
    if (words == 0) {
      return 0;
    }
    long latency = Math.multiplyExact(target.link().latencyCycles(), target.link().hops());
    return Math.addExact(
        latency, Decimals.cycles(bits(target, words), target.link().bytesPerCycle()));
  }

  /** Whole bytes that hold a number of words. */
  static long bytes(Target target, long words) {
    return bits(target, words).add(BigInteger.valueOf(7)).shiftRight(3).longValueExact();
  }

  private static BigInteger bits(Target target, long words) {
    return BigInteger.valueOf(words).multiply(BigInteger.valueOf(target.wordBits()));
  }
}
