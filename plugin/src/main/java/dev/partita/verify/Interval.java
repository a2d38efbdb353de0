package dev.partita.verify;

import dev.partita.Reported;

/**
 * Where the true value of a rate lies with 95 % confidence.
 *
 * @param low lower end
 * @param high upper end
 */
@Reported("Where the true value of a rate lies with 95 % confidence.")
public record Interval(double low, double high) {

  /** Two-sided 95 % of the normal distribution. */
  private static final double Z = 1.959963984540054;

  private static final double Z2 = Z * Z;

  /**
   * Wilson's interval of a rate (Wilson 1927, "Probable inference, the law of succession, and
   * statistical inference").
   *
   * @param rate the share that was seen, 0 to 1
   * @param count of independent samples, at least 1
   */
  static Interval ofRate(double rate, double count) {
    double center = rate + Z2 / (2 * count);
    double reach = Z * Math.sqrt(rate * (1 - rate) / count + Z2 / (4 * count * count));
    double scale = 1 + Z2 / count;
    return new Interval(
        Math.max(0, (center - reach) / scale), Math.min(1, (center + reach) / scale));
  }

  /**
   * The interval of a difference of two rates on the same samples: Wilson's interval of the share
   * of losses among the samples that changed, as in McNemar's test.
   *
   * @param lost how many were right before and are wrong after
   * @param gained how many the other way around
   * @param count of all samples, at least 1
   */
  static Interval ofDrop(double lost, double gained, double count) {
    double changed = lost + gained;
    if (changed == 0) {
      double most = ofRate(0, count).high();
      return new Interval(-most, most);
    }
    Interval losses = ofRate(lost / changed, changed);
    return new Interval(
        (2 * losses.low() - 1) * changed / count, (2 * losses.high() - 1) * changed / count);
  }

  /** The fewest samples whose perfect agreement shows that a rate is at least so much. */
  static long samplesToShow(double rate) {
    return rate >= 1 ? Long.MAX_VALUE : (long) Math.ceil(Z2 * rate / (1 - rate));
  }
}
