package dev.partita.verify;

import org.jspecify.annotations.Nullable;

/**
 * The limits of the gate. A limit that is null was not set: its default holds where the rule of
 * {@link Gate} calls for it. One that is set is checked in any case.
 *
 * @param maxAccuracyDrop most labelled top-1 accuracy that may be lost, absolute, 0 to 1
 * @param minAgreement least share of samples with the same arg-max, 0 to 1
 * @param maxRelativeError largest relative error, 0 or more
 * @param output the graph output to look at; null for the first
 * @param metric a measure of the user's own, checked beside the others; null for none
 * @param maxMetricDrop most that it may lose, in its own unit, 0 or more; null without a metric
 */
public record GateLimits(
    @Nullable Double maxAccuracyDrop,
    @Nullable Double minAgreement,
    @Nullable Double maxRelativeError,
    @Nullable String output,
    @Nullable OutputMetric metric,
    @Nullable Double maxMetricDrop) {

  public static final double DEFAULT_MAX_ACCURACY_DROP = 0.01;
  public static final double DEFAULT_MIN_AGREEMENT = 0.95;
  public static final double DEFAULT_MAX_RELATIVE_ERROR = 0.1;

  /** Nothing set: defaults, on the first output. */
  public static final GateLimits DEFAULTS = new GateLimits(null, null, null, null);

  public GateLimits {
    requireBetween("accuracy drop", maxAccuracyDrop, 1);
    requireBetween("agreement", minAgreement, 1);
    requireBetween("relative error", maxRelativeError, Double.MAX_VALUE);
    requireBetween("metric drop", maxMetricDrop, Double.MAX_VALUE);
    if ((metric == null) != (maxMetricDrop == null)) {
      throw new GateException("A metric needs a limit, and a limit a metric.", "Give both.");
    }
  }

  /** Limits of what is measured here alone. */
  public GateLimits(
      @Nullable Double maxAccuracyDrop,
      @Nullable Double minAgreement,
      @Nullable Double maxRelativeError,
      @Nullable String output) {
    this(maxAccuracyDrop, minAgreement, maxRelativeError, output, null, null);
  }

  public GateLimits withMetric(OutputMetric measure, double maxDrop) {
    return new GateLimits(
        maxAccuracyDrop, minAgreement, maxRelativeError, output, measure, maxDrop);
  }

  public GateLimits withMaxAccuracyDrop(double limit) {
    return new GateLimits(limit, minAgreement, maxRelativeError, output, metric, maxMetricDrop);
  }

  public GateLimits withMinAgreement(double limit) {
    return new GateLimits(maxAccuracyDrop, limit, maxRelativeError, output, metric, maxMetricDrop);
  }

  public GateLimits withMaxRelativeError(double limit) {
    return new GateLimits(maxAccuracyDrop, minAgreement, limit, output, metric, maxMetricDrop);
  }

  public GateLimits withOutput(String name) {
    return new GateLimits(
        maxAccuracyDrop, minAgreement, maxRelativeError, name, metric, maxMetricDrop);
  }

  double accuracyDropLimit() {
    return maxAccuracyDrop == null ? DEFAULT_MAX_ACCURACY_DROP : maxAccuracyDrop;
  }

  double agreementLimit() {
    return minAgreement == null ? DEFAULT_MIN_AGREEMENT : minAgreement;
  }

  double relativeErrorLimit() {
    return maxRelativeError == null ? DEFAULT_MAX_RELATIVE_ERROR : maxRelativeError;
  }

  private static void requireBetween(String what, @Nullable Double limit, double most) {
    if (limit != null && !(limit >= 0 && limit <= most)) {
      throw new GateException(
          "The limit of the %s is %s, which is out of range.".formatted(what, limit),
          most == 1 ? "Give a number between 0 and 1." : "Give a number of 0 or more.");
    }
  }
}
