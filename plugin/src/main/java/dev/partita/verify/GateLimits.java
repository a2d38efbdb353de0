package dev.partita.verify;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import org.jspecify.annotations.Nullable;

/**
 * The limits of the gate. A limit that is null was not set: its default holds where the reading of
 * an output calls for it, see {@link Gate}.
 *
 * @param decisions limits on what outputs decide
 * @param values limits on the size of numbers
 * @param outputs the graph outputs that have to hold; empty for all that a cut reaches
 * @param read what the user says of outputs, by name
 * @param metric a measure of the user's own, checked in addition; null for none
 * @param maxMetricDrop most that it may lose, in its own unit, 0 or more; null without a metric
 * @param reached the outputs that a cut region leads to; null where that is not known, which holds
 *     all
 */
public record GateLimits(
    OfDecisions decisions,
    OfValues values,
    ImmutableSet<String> outputs,
    ImmutableMap<String, Reading.Asked> read,
    @Nullable OutputMetric metric,
    @Nullable Double maxMetricDrop,
    @Nullable ImmutableSet<String> reached) {

  public static final double DEFAULT_MAX_ACCURACY_DROP = 0.01;
  public static final double DEFAULT_MIN_AGREEMENT = 0.95;
  public static final double DEFAULT_MAX_RELATIVE_ERROR = 0.1;
  public static final double DEFAULT_MIN_EXPLAINED = 0.9;
  public static final double DEFAULT_MAX_R2_DROP = 0.01;

  /**
   * What has to remain of the variance of numbers that are read either way, where their arg-max
   * agrees.
   *
   * <p>Measured by {@code tools/bench/gate_limit.py}: embeddings of which only the arg-max is left
   * keep 0.07 to 0.13. The bundled classifiers at an agreement of 0.95 keep 0.62 to 0.95, unless
   * dropping or isolating units without repair shrinks all logits (-0.28, -0.02).
   */
  public static final double MIN_EXPLAINED_OF_UNDECIDED = 0.5;

  /** Nothing set: defaults, for every output. */
  public static final GateLimits DEFAULTS =
      new GateLimits(
          new OfDecisions(null, null),
          new OfValues(null, null, null, null),
          ImmutableSet.of(),
          ImmutableMap.of(),
          null,
          null,
          null);

  /**
   * Limits on decisions.
   *
   * @param maxAccuracyDrop most labelled accuracy that may be lost, absolute, 0 to 1
   * @param minAgreement least share of decisions that stay, 0 to 1
   */
  public record OfDecisions(@Nullable Double maxAccuracyDrop, @Nullable Double minAgreement) {
    public OfDecisions {
      requireBetween("accuracy drop", maxAccuracyDrop, 0, 1);
      requireBetween("agreement", minAgreement, 0, 1);
    }
  }

  /**
   * Limits on values.
   *
   * @param maxRelativeError largest relative error, 0 or more
   * @param minExplained least share of the variance that remains explained, at most 1
   * @param minCosine least mean cosine, -1 to 1
   * @param maxR2Drop most that the coefficient of determination may lose against targets, 0 or more
   */
  public record OfValues(
      @Nullable Double maxRelativeError,
      @Nullable Double minExplained,
      @Nullable Double minCosine,
      @Nullable Double maxR2Drop) {
    public OfValues {
      requireBetween("relative error", maxRelativeError, 0, Double.MAX_VALUE);
      requireBetween("explained share", minExplained, -Double.MAX_VALUE, 1);
      requireBetween("cosine", minCosine, -1, 1);
      requireBetween("R2 drop", maxR2Drop, 0, Double.MAX_VALUE);
    }

    boolean areSet() {
      return maxRelativeError != null
          || minExplained != null
          || minCosine != null
          || maxR2Drop != null;
    }
  }

  public GateLimits {
    requireBetween("metric drop", maxMetricDrop, 0, Double.MAX_VALUE);
    if ((metric == null) != (maxMetricDrop == null)) {
      throw new GateException("A metric needs a limit, and a limit a metric.", "Give both.");
    }
  }

  /** The same for the outputs that a cut leads to. */
  public GateLimits reaching(ImmutableSet<String> names) {
    return new GateLimits(decisions, values, outputs, read, metric, maxMetricDrop, names);
  }

  public GateLimits withMetric(OutputMetric measure, double maxDrop) {
    return new GateLimits(decisions, values, outputs, read, measure, maxDrop, reached);
  }

  public GateLimits with(OfDecisions limits) {
    return new GateLimits(limits, values, outputs, read, metric, maxMetricDrop, reached);
  }

  public GateLimits with(OfValues limits) {
    return new GateLimits(decisions, limits, outputs, read, metric, maxMetricDrop, reached);
  }

  public GateLimits withOutputs(String... names) {
    return new GateLimits(
        decisions, values, ImmutableSet.copyOf(names), read, metric, maxMetricDrop, reached);
  }

  public GateLimits reading(String output, String as) {
    return new GateLimits(
        decisions,
        values,
        outputs,
        ImmutableMap.<String, Reading.Asked>builder()
            .putAll(read)
            .put(output, Reading.Asked.parse(as))
            .buildOrThrow(),
        metric,
        maxMetricDrop,
        reached);
  }

  private static void requireBetween(
      String what, @Nullable Double limit, double least, double most) {
    if (limit != null && !(limit >= least && limit <= most)) {
      throw new GateException(
          "The limit of the %s is %s, which is out of range.".formatted(what, limit),
          most == Double.MAX_VALUE
              ? "Give a number of 0 or more."
              : "Give a number %s."
                  .formatted(
                      least == -Double.MAX_VALUE
                          ? "of at most 1"
                          : "between %.0f and %.0f".formatted(least, most)));
    }
  }
}
