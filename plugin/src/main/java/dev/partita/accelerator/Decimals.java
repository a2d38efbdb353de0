package dev.partita.accelerator;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/** Decimal numbers as people write them, and divisions that round up exactly. */
final class Decimals {
  private Decimals() {}

  /** Whether the text is a finite decimal number. */
  static boolean isNumber(String text) {
    return text.matches("[-+]?[0-9]{1,18}(\\.[0-9]{1,18})?([eE][-+]?[0-9]{1,2})?");
  }

  /** The shortest text that reads back to the same number, without an exponent. */
  static String print(double value) {
    BigDecimal decimal = BigDecimal.valueOf(value).stripTrailingZeros();
    return decimal.signum() == 0 ? "0" : decimal.toPlainString();
  }

  /**
   * Cycles to move a number of bits: {@code ceil(bits / 8 / bytesPerCycle)}. Exact, because 25.6
   * bytes per cycle means the decimal number and not the nearest binary one: a rounding error here
   * would add a cycle to sizes that divide.
   */
  static long cycles(BigInteger bits, double bytesPerCycle) {
    BigDecimal bitsPerCycle = BigDecimal.valueOf(bytesPerCycle).multiply(BigDecimal.valueOf(8));
    return new BigDecimal(bits)
        .divide(bitsPerCycle, 0, RoundingMode.CEILING)
        .toBigIntegerExact()
        .longValueExact();
  }

  /** {@code ceil(dividend / divisor)} of positive numbers. */
  static long ceilDivide(long dividend, long divisor) {
    return dividend / divisor + (dividend % divisor == 0 ? 0 : 1);
  }
}
