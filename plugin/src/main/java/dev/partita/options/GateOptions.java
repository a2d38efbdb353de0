package dev.partita.options;

import com.google.common.collect.ImmutableList;
import dev.partita.spi.Arguments;
import dev.partita.spi.Parameter;
import dev.partita.spi.ParameterType.Flag;
import dev.partita.spi.ParameterType.RealNumber;
import dev.partita.spi.ParameterType.Text;
import dev.partita.spi.ParameterType.TimeSpan;
import dev.partita.verify.CommandMetric;
import dev.partita.verify.OutputMetric;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The accuracy condition.
 *
 * @param maxAccuracyDrop limit on the labelled top-1 lost, 0 to 1, absolute; null where not set
 * @param minAgreement limit on the agreement of the arg-max, 0 to 1; null where not set
 * @param maxRelativeError limit on the relative error of the output; null where not set
 * @param output the graph output that the gate checks; null for the first
 * @param on whether a condition has to hold
 * @param metric a measure of the user's own; null for none
 * @param maxMetricDrop limit on what that measure may lose, in its own unit, 0 or more; given with
 *     a metric, and only then
 */
public record GateOptions(
    @Nullable Double maxAccuracyDrop,
    @Nullable Double minAgreement,
    @Nullable Double maxRelativeError,
    @Nullable String output,
    boolean on,
    @Nullable OutputMetric metric,
    @Nullable Double maxMetricDrop) {

  public static final Parameter<Double> MAX_ACCURACY_DROP =
      Parameter.derived(
          "max-accuracy-drop",
          new RealNumber(1),
          "0.01 with labels",
          "Largest accepted loss of labelled top-1 accuracy, absolute.");

  public static final Parameter<Double> MIN_AGREEMENT =
      Parameter.derived(
          "min-agreement",
          new RealNumber(1),
          "0.95 without labels",
          "Smallest accepted share of samples with an unchanged arg-max.");

  public static final Parameter<Double> MAX_RELATIVE_ERROR =
      Parameter.derived(
          "max-relative-error",
          new RealNumber(Double.POSITIVE_INFINITY),
          "0.1 if the output is not a row of scores",
          "Largest accepted relative error of the output.");

  public static final Parameter<String> GATE_OUTPUT =
      Parameter.derived(
          "gate-output",
          new Text("NAME"),
          "the first",
          "The graph output to which the condition applies.");

  public static final Parameter<Boolean> GATE =
      Parameter.of("gate", new Flag(), true, "Require an accuracy condition to hold.");

  public static final Parameter<String> METRIC =
      Parameter.optional(
              "metric",
              new Text("'COMMAND ...'"),
              "A program that scores outputs. It is split into words as in a shell but "
                  + "started without one. It receives two more arguments, .npz files with the "
                  + "outputs of the original and of the candidate. It prints a score for each "
                  + "(higher is better), or one number: how much worse the candidate is. Requires "
                  + "a limit on the drop.")
          .unrecorded();

  public static final Parameter<Double> MAX_METRIC_DROP =
      Parameter.optional(
          "max-metric-drop",
          new RealNumber(Double.POSITIVE_INFINITY),
          "Largest accepted drop of the metric, in its own unit.");

  public static final Parameter<String> METRIC_NAME =
      Parameter.of(
              "metric-name",
              new Text("NAME"),
              CommandMetric.DEFAULT_NAME,
              "Name of the metric in reports.")
          .unrecorded();

  public static final Parameter<Duration> METRIC_TIMEOUT =
      Parameter.of(
              "metric-timeout",
              new TimeSpan(),
              CommandMetric.DEFAULT_TIMEOUT,
              "Time limit for one run of the metric, such as 90s, 30m or 2h.")
          .unrecorded();

  static final ImmutableList<Parameter<?>> PARAMETERS =
      ImmutableList.of(
          MAX_ACCURACY_DROP,
          MIN_AGREEMENT,
          MAX_RELATIVE_ERROR,
          GATE_OUTPUT,
          GATE,
          METRIC,
          MAX_METRIC_DROP,
          METRIC_NAME,
          METRIC_TIMEOUT);

  /**
   * The condition that arguments make.
   *
   * @param own a measure that takes the place of a command; null for none
   */
  static GateOptions of(Arguments arguments, @Nullable OutputMetric own) {
    return new GateOptions(
        arguments.get(MAX_ACCURACY_DROP),
        arguments.get(MIN_AGREEMENT),
        arguments.get(MAX_RELATIVE_ERROR),
        arguments.get(GATE_OUTPUT),
        arguments.require(GATE),
        own == null ? metric(arguments) : own,
        arguments.get(MAX_METRIC_DROP));
  }

  private static @Nullable OutputMetric metric(Arguments arguments) {
    String command = arguments.get(METRIC);
    return command == null
        ? null
        : CommandMetric.of(
            arguments.require(METRIC_NAME), command, arguments.require(METRIC_TIMEOUT));
  }

  /** Whether anything is asked of the gate. */
  boolean isAskedFor() {
    return maxAccuracyDrop != null
        || minAgreement != null
        || maxRelativeError != null
        || metric != null
        || output != null;
  }
}
