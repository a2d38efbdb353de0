package dev.partita.verify;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.partita.verify.Accuracy.GateResult;
import dev.partita.verify.Accuracy.OutputAccuracy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The condition without which nothing is written. Every output that a cut region leads to has to
 * hold, each as it is read:
 *
 * <ul>
 *   <li>class numbers, scores and probabilities: at most so much labelled accuracy lost; without
 *       labels, at least so much agreement. Decisions that are nearly constant prove nothing, so by
 *       default at most a quarter of what always giving the commonest answer would cost may be lost
 *   <li>values: at most so much relative error, and at least so much of the variance explained;
 *       with targets, at most so much R2 lost
 *   <li>undecided: as values; or as scores, with half of the variance explained
 * </ul>
 *
 * <p>Limits that the user sets take the place of the defaults of their kind. An output that no cut
 * leads to has to stay as it is. Whatever the reading, an output that is NaN or infinite where the
 * original is not fails.
 */
public final class Gate {
  static final String ACCURACY_DROP = "accuracy_drop";
  static final String AGREEMENT = "agreement";
  static final String RELATIVE_ERROR = "relative_error";
  static final String EXPLAINED = "explained";
  static final String COSINE = "cosine";
  static final String R2_DROP = "r2_drop";
  static final String SIZE = "size";

  private static final ImmutableSet<String> AT_LEAST =
      ImmutableSet.of(AGREEMENT, EXPLAINED, COSINE);

  /** So that 0.90 - 0.89 does not pass 0.01 by a rounding error. */
  static final double ROUNDING = 1e-9;

  /** The part of what a constant answer would cost that may be lost. */
  private static final double OF_CONSTANT_ANSWER = 0.25;

  private Gate() {}

  /** Whether the limit of a condition is the least that its metric may be, not the most. */
  public static boolean isLeast(String metric) {
    return AT_LEAST.contains(metric);
  }

  /**
   * How large a loss is relative to its limit: 1 where the condition just holds, more where it
   * fails. The loss of what should be 1, as an agreement, is what is missing to 1.
   */
  public static double ratio(GateResult gate) {
    return isLeast(gate.metric())
        ? ratio(1 - gate.value(), 1 - gate.limit())
        : ratio(gate.value(), gate.limit());
  }

  static double ratio(double loss, double limit) {
    if (Double.isNaN(loss)) {
      return Double.POSITIVE_INFINITY;
    }
    if (limit > ROUNDING) {
      return loss / limit;
    }
    return loss <= ROUNDING ? 0 : Double.POSITIVE_INFINITY;
  }

  static double agreementLimit(double limit, double commonest) {
    return Math.max(limit, 1 - OF_CONSTANT_ANSWER * (1 - commonest));
  }

  static double accuracyDropLimit(double limit, double before, double ofConstantAnswer) {
    return Math.min(limit, OF_CONSTANT_ANSWER * Math.max(0, before - ofConstantAnswer));
  }

  /**
   * Measures a candidate and compares it with the limits, the user's own measure included.
   *
   * @throws GateException where a limit that was set cannot be measured
   * @throws MetricException where the user's measure gives no figure
   */
  public static Accuracy check(GateLimits limits, Reference reference, Path candidate)
      throws InterruptedException {
    return check(limits, reference, candidate, candidate);
  }

  /**
   * The same for a file that is not yet where it goes.
   *
   * @param shown what messages call it
   */
  public static Accuracy check(GateLimits limits, Reference reference, Path candidate, Path shown)
      throws InterruptedException {
    OutputMetric metric = limits.metric();
    Double limit = limits.maxMetricDrop();
    if (metric == null || limit == null) {
      Accuracy figures =
          ModelComparison.compare(reference, candidate, shown, limits, outputs -> {});
      return apply(limits, figures, noise(reference, figures));
    }
    try (OutputStore outputs = new OutputStore(OutputStore.IN_MEMORY_BYTES)) {
      Accuracy figures = ModelComparison.compare(reference, candidate, shown, limits, outputs::add);
      Accuracy gated = apply(limits, figures, noise(reference, figures));
      MetricScore score = metric.score(new OutputPairs(reference, outputs));
      return gated.with(
          ImmutableList.<GateResult>builder()
              .addAll(gated.gates())
              .add(metricDrop(metric, score, limit))
              .build(),
          ImmutableList.of());
    }
  }

  /** The original is run again only where an output that should not change did. */
  private static ImmutableMap<String, Double> noise(Reference reference, Accuracy figures)
      throws InterruptedException {
    boolean changed =
        figures.outputs().stream()
            .anyMatch(
                output ->
                    !output.reached()
                        && output.relativeError() != null
                        && output.relativeError() > Conditions.LEAST_NOISE);
    return changed ? reference.noise() : ImmutableMap.of();
  }

  private static GateResult metricDrop(OutputMetric metric, MetricScore score, double limit) {
    return new GateResult(
        metric.name() + "_drop",
        GateResult.ALL_OUTPUTS,
        limit,
        score.drop(),
        Double.NaN,
        score.drop() <= limit + ROUNDING,
        score.before(),
        score.after(),
        null);
  }

  /**
   * Refuses options that no measurement can satisfy, before anything is run.
   *
   * @param outputs names of the graph outputs
   * @param labelled whether the validation data has labels
   * @param data description of the validation data
   * @throws GateException where an output does not exist or labels are missing
   */
  public static void validate(
      GateLimits limits, List<String> outputs, boolean labelled, String data) {
    limits.outputs().forEach(output -> OutputReadings.requireOutput(output, outputs));
    limits.read().keySet().forEach(output -> OutputReadings.requireOutput(output, outputs));
    if (limits.decisions().maxAccuracyDrop() != null && !labelled) {
      throw new GateException(
          "A limit on the accuracy drop was set, but %s has no labels.".formatted(data),
          "Add an array \"labels\" to the validation data, or limit agreement or relative error.");
    }
    if (limits.values().maxR2Drop() != null && !labelled) {
      throw new GateException(
          "A limit on the R2 drop was set, but %s has no labels.".formatted(data),
          "Add the targets as an array \"labels\" to the validation data.");
    }
  }

  /**
   * Holds measured figures against the limits.
   *
   * @return the same figures with the conditions that were checked
   * @throws GateException where a limit that was set cannot be measured, or no output can be held
   */
  public static Accuracy apply(GateLimits limits, Accuracy accuracy) {
    return apply(limits, accuracy, ImmutableMap.of());
  }

  private static Accuracy apply(
      GateLimits limits, Accuracy accuracy, ImmutableMap<String, Double> noise) {
    List<String> names = accuracy.outputs().stream().map(OutputAccuracy::name).toList();
    validate(limits, names, accuracy.labelled(), accuracy.data());
    List<OutputAccuracy> held =
        accuracy.outputs().stream().filter(output -> isHeld(limits, output)).toList();
    boolean unheld =
        held.isEmpty() && accuracy.outputs().stream().allMatch(OutputAccuracy::reached);
    if (unheld && limits.metric() == null) {
      throw new GateException(
          names.isEmpty()
              ? "The model has no output to compare."
              : "No output of %s can be compared by default.".formatted(String.join(", ", names)),
          "Score outputs with --metric, name one of data-dependent size with --gate-output, or"
              + " switch the gate off with --no-gate.");
    }
    requireMeasurable(limits, held);
    List<GateResult> gates = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    for (OutputAccuracy output : held) {
      List<GateResult> own = Conditions.of(limits, output);
      gates.addAll(own);
      own.forEach(gate -> addTooFew(gate, accuracy, notes));
      if (Conditions.isOpen(limits, output)) {
        notes.add(
            "The output \"%s\" was compared both as scores and as values; --read %s=scores or"
                    .formatted(output.name(), output.name())
                + " --read %s=values says which it is.".formatted(output.name()));
      }
    }
    for (OutputAccuracy output : accuracy.outputs()) {
      if (!held.contains(output) && !output.reached()) {
        gates.add(Conditions.unchanged(output, noise.getOrDefault(output.name(), 0.0)));
      } else if (!held.contains(output) && Conditions.isBroken(output) && !output.dataDependent()) {
        gates.add(Conditions.relativeError(output, GateLimits.DEFAULT_MAX_RELATIVE_ERROR));
      }
    }
    return accuracy.with(gates, notes);
  }

  private static boolean isHeld(GateLimits limits, OutputAccuracy output) {
    if (!limits.outputs().isEmpty()) {
      return limits.outputs().contains(output.name());
    }
    return output.reached() && !output.dataDependent() && !Conditions.isOther(output);
  }

  /** How far conditions are from holding, see {@link #ratio}; 0 where there are none. */
  public static double largestRatio(List<GateResult> gates) {
    return gates.stream().mapToDouble(Gate::ratio).max().orElse(0);
  }

  /** Data that is too small to show a condition even where nothing changed deserves a word. */
  private static void addTooFew(GateResult gate, Accuracy accuracy, List<String> notes) {
    double rate =
        gate.metric().equals(AGREEMENT)
            ? gate.limit()
            : gate.metric().equals(ACCURACY_DROP) ? 1 - gate.limit() : 0;
    long needed = Interval.samplesToShow(rate);
    if (rate > 0 && rate < 1 && accuracy.samples() < needed) {
      notes.add(
          "%,d samples cannot show that the %s of the output \"%s\" is %s %s; that takes %,d."
              .formatted(
                  accuracy.samples(),
                  gate.metric().replace('_', ' '),
                  gate.output(),
                  isLeast(gate.metric()) ? "at least" : "at most",
                  "%.4g".formatted(gate.limit()),
                  needed));
    }
  }

  private static void requireMeasurable(GateLimits limits, List<OutputAccuracy> held) {
    require(
        limits.decisions().maxAccuracyDrop(),
        held,
        OutputAccuracy::top1Before,
        "accuracy drop",
        "no output decides what the labels name");
    require(
        limits.decisions().minAgreement(),
        held,
        OutputAccuracy::agreement,
        "agreement",
        "nothing is decided by it");
    require(
        limits.values().maxRelativeError(),
        held,
        OutputAccuracy::relativeError,
        "relative error",
        "it is not a tensor of numbers");
    require(
        limits.values().minExplained(),
        held,
        OutputAccuracy::explained,
        "explained share",
        "its numbers are constant");
    require(
        limits.values().minCosine(),
        held,
        OutputAccuracy::cosine,
        "cosine",
        "a sample has one number");
    require(
        limits.values().maxR2Drop(),
        held,
        OutputAccuracy::r2Before,
        "R2 drop",
        "the labels are not its targets");
  }

  private static void require(
      @Nullable Double limit,
      List<OutputAccuracy> held,
      Function<OutputAccuracy, @Nullable Double> figure,
      String what,
      String why) {
    if (limit != null
        && !held.isEmpty()
        && held.stream().allMatch(output -> figure.apply(output) == null)) {
      throw new GateException(
          "A limit on the %s was set, but it cannot be measured on the output \"%s\": %s."
              .formatted(what, held.get(0).name(), why),
          "Name another output, or set another limit.");
    }
  }
}
