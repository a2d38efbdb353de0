package dev.partita.verify;

import com.google.common.collect.ImmutableList;
import dev.partita.runtime.Suggestion;
import dev.partita.verify.Accuracy.GateResult;
import dev.partita.verify.Accuracy.OutputAccuracy;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The condition without which nothing is written.
 *
 * <p>On labelled data, where the output has one row of scores for each sample: at most so much
 * top-1 accuracy lost. Else, where an arg-max or whole numbers can agree: at least so much
 * agreement. Else at most so much relative error. Limits that were set are checked beside that.
 * Whatever the rule, an output that is NaN or infinite where the original is not fails.
 */
public final class Gate {
  static final String ACCURACY_DROP = "accuracy_drop";
  static final String AGREEMENT = "agreement";
  static final String RELATIVE_ERROR = "relative_error";

  /** So that 0.90 - 0.89 does not pass 0.01 by a rounding error. */
  private static final double ROUNDING = 1e-9;

  private Gate() {}

  /** Whether the limit of a condition is the least that its metric may be, not the most. */
  public static boolean isLeast(String metric) {
    return metric.equals(AGREEMENT);
  }

  /**
   * Measures a candidate and holds it against the limits, the user's own measure included.
   *
   * @throws GateException where a limit that was set cannot be measured
   * @throws MetricException where the user's measure gives no figure
   */
  public static Accuracy check(GateLimits options, Reference reference, Path candidate)
      throws InterruptedException {
    OutputMetric metric = options.metric();
    Double limit = options.maxMetricDrop();
    if (metric == null || limit == null) {
      return apply(options, ModelComparison.compare(reference, candidate));
    }
    try (OutputStore outputs = new OutputStore(OutputStore.IN_MEMORY_BYTES)) {
      Accuracy figures =
          apply(options, ModelComparison.compare(reference, candidate, outputs::add));
      MetricScore score = metric.score(new OutputPairs(reference, outputs));
      ImmutableList<GateResult> gates =
          ImmutableList.<GateResult>builder()
              .addAll(figures.gates())
              .add(metricDrop(metric, score, limit))
              .build();
      return new Accuracy(
          figures.data(), figures.samples(), figures.labelled(), figures.outputs(), gates);
    }
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
        score.after());
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
      GateLimits options, List<String> outputs, boolean labelled, String data) {
    String output = options.output();
    if (output != null && !outputs.contains(output)) {
      throw new GateException(
          "The model has no output \"%s\"%s."
              .formatted(output, Suggestion.forName(output, outputs)),
          "Its outputs are " + String.join(", ", outputs) + ".");
    }
    if (options.maxAccuracyDrop() != null && !labelled) {
      throw new GateException(
          "A limit on the accuracy drop was set, but %s has no labels.".formatted(data),
          "Add an array \"labels\" to the validation data, or limit agreement or relative error.");
    }
  }

  /**
   * Holds measured figures against the limits.
   *
   * @return the same figures with the conditions that were checked
   * @throws GateException where a limit that was set cannot be measured
   */
  public static Accuracy apply(GateLimits options, Accuracy accuracy) {
    List<String> names = accuracy.outputs().stream().map(OutputAccuracy::name).toList();
    validate(options, names, accuracy.labelled(), accuracy.data());
    if (names.isEmpty()) {
      throw new GateException(
          "The model has no output to look at.", "Give a model that has an output.");
    }
    String chosen = options.output();
    OutputAccuracy output = accuracy.outputs().get(chosen == null ? 0 : names.indexOf(chosen));
    ImmutableList.Builder<GateResult> gates = ImmutableList.builder();
    String rule = rule(output, names);
    if (rule.equals(ACCURACY_DROP) || options.maxAccuracyDrop() != null) {
      gates.add(accuracyDrop(output, options.accuracyDropLimit()));
    }
    if (rule.equals(AGREEMENT) || options.minAgreement() != null) {
      gates.add(agreement(output, options.agreementLimit()));
    }
    boolean asked = rule.equals(RELATIVE_ERROR) || options.maxRelativeError() != null;
    for (OutputAccuracy each : accuracy.outputs()) {
      Double error = each.relativeError();
      if ((asked && each.name().equals(output.name()))
          || (error != null && !Double.isFinite(error))) {
        gates.add(relativeError(each, options.relativeErrorLimit()));
      }
    }
    return new Accuracy(
        accuracy.data(),
        accuracy.samples(),
        accuracy.labelled(),
        accuracy.outputs(),
        gates.build());
  }

  private static String rule(OutputAccuracy output, List<String> names) {
    if (output.top1Before() != null) {
      return ACCURACY_DROP;
    }
    if (output.agreement() != null) {
      return AGREEMENT;
    }
    if (output.relativeError() == null) {
      throw new GateException(
          "The output \"%s\" is no tensor of numbers, so nothing can be measured on it."
              .formatted(output.name()),
          "Name another output of " + String.join(", ", names) + ".");
    }
    return RELATIVE_ERROR;
  }

  private static GateResult accuracyDrop(OutputAccuracy output, double limit) {
    Double before = output.top1Before();
    Double after = output.top1After();
    if (before == null || after == null) {
      throw unmeasurable(
          "accuracy drop", output, "labelled top-1 needs one row of scores a sample");
    }
    double drop = before - after;
    return new GateResult(
        ACCURACY_DROP,
        output.name(),
        limit,
        drop,
        orNan(output.standardErrors().top1Drop()),
        drop <= limit + ROUNDING);
  }

  private static GateResult agreement(OutputAccuracy output, double limit) {
    Double value = output.agreement();
    if (value == null) {
      throw unmeasurable("agreement", output, "it is not one row of scores a sample");
    }
    return new GateResult(
        AGREEMENT,
        output.name(),
        limit,
        value,
        orNan(output.standardErrors().agreement()),
        value >= limit - ROUNDING);
  }

  private static GateResult relativeError(OutputAccuracy output, double limit) {
    Double value = output.relativeError();
    if (value == null) {
      throw unmeasurable("relative error", output, "it is no tensor of numbers");
    }
    return new GateResult(
        RELATIVE_ERROR,
        output.name(),
        limit,
        value,
        orNan(output.standardErrors().relativeError()),
        value <= limit + ROUNDING);
  }

  private static GateException unmeasurable(String what, OutputAccuracy output, String why) {
    return new GateException(
        "A limit on the %s was set, but it cannot be measured on the output \"%s\": %s."
            .formatted(what, output.name(), why),
        "Name another output, or set another limit.");
  }

  private static double orNan(@Nullable Double value) {
    return value == null ? Double.NaN : value;
  }
}
