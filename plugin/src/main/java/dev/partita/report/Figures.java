package dev.partita.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Numbers as people read them, the same in every locale. */
final class Figures {

  /** The text for an absent figure. */
  static final String ABSENT = "-";

  private static final MathContext FOUR_DIGITS = new MathContext(4);
  private static final MathContext THREE_DIGITS = new MathContext(3);

  private Figures() {}

  static String count(@Nullable Long value) {
    return value == null ? ABSENT : String.format(Locale.ROOT, "%,d", value);
  }

  /** A signed difference of counts; empty where there is none. */
  static String difference(long before, long after) {
    return before == after ? "" : String.format(Locale.ROOT, "%+,d", after - before);
  }

  /** How much a size has grown or shrunk, in percent; empty where it has not. */
  static String change(long before, long after) {
    if (before == after || before == 0) {
      return "";
    }
    return String.format(Locale.ROOT, "%+.1f %%", 100.0 * (after - before) / before);
  }

  /** A share, 0 to 1, in percent. */
  static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f %%", 100 * share);
  }

  /** A quantity to four significant digits; whole numbers keep all of theirs. */
  static String quantity(@Nullable Double value) {
    return value == null ? ABSENT : rounded(value, FOUR_DIGITS);
  }

  /** How many times: three significant digits. */
  static String times(double ratio) {
    return Double.isFinite(ratio) ? rounded(ratio, THREE_DIGITS) + "x" : ABSENT;
  }

  /** A measured value with its standard error, where it has one. */
  static String measured(double value, @Nullable Double standardError) {
    String text = String.format(Locale.ROOT, "%.4f", value);
    // A single sample says nothing of its error.
    return standardError == null || standardError.isNaN()
        ? text
        : text + String.format(Locale.ROOT, " +/- %.4f", standardError);
  }

  private static String rounded(double value, MathContext digits) {
    if (!Double.isFinite(value)) {
      return ABSENT;
    }
    if (Math.abs(value) >= Math.pow(10, digits.getPrecision() - 1)) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    if (value == 0) {
      return "0";
    }
    BigDecimal shortened = new BigDecimal(value, digits);
    int decimals = digits.getPrecision() - shortened.precision() + Math.max(shortened.scale(), 0);
    return shortened
        .setScale(Math.max(0, Math.min(decimals, 12)), RoundingMode.HALF_EVEN)
        .toPlainString();
  }
}
