package dev.partita.options;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.partita.UsageException;
import dev.partita.spi.Arguments;
import dev.partita.spi.Parameter;
import dev.partita.spi.ParameterType.Entries;
import dev.partita.spi.ParameterType.Flag;
import dev.partita.spi.ParameterType.RealNumber;
import dev.partita.spi.ParameterType.Text;
import dev.partita.spi.ParameterType.Texts;
import dev.partita.spi.ParameterType.TimeSpan;
import dev.partita.verify.CommandMetric;
import dev.partita.verify.GateLimits;
import dev.partita.verify.OutputMetric;
import dev.partita.verify.Reading;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The accuracy condition.
 *
 * @param limits the conditions, with a measure of the user's own if there is one
 * @param on whether a condition has to hold
 */
public record GateOptions(GateLimits limits, boolean on) {

  public static final Parameter<Double> MAX_ACCURACY_DROP =
      Parameter.derived(
          "max-accuracy-drop",
          new RealNumber(1),
          "0.01 where labels name classes",
          "Largest accepted loss of labelled accuracy, absolute.");

  public static final Parameter<Double> MIN_AGREEMENT =
      Parameter.derived(
          "min-agreement",
          new RealNumber(1),
          "0.95 for scores and class numbers without labels",
          "Smallest accepted share of unchanged decisions.");

  public static final Parameter<Double> MAX_RELATIVE_ERROR =
      Parameter.derived(
          "max-relative-error",
          new RealNumber(Double.POSITIVE_INFINITY),
          "0.1 for values",
          "Largest accepted relative error of an output.");

  public static final Parameter<Double> MIN_EXPLAINED =
      Parameter.derived(
          "min-explained",
          new RealNumber(1),
          "0.9 for values",
          "Smallest accepted explained share of the variance: of every column up to 16 columns,"
              + " of their mean beyond.");

  public static final Parameter<Double> MIN_COSINE =
      Parameter.optional(
          "min-cosine",
          new RealNumber(1),
          "Smallest accepted mean cosine between the outputs of both models.");

  public static final Parameter<Double> MAX_R2_DROP =
      Parameter.derived(
          "max-r2-drop",
          new RealNumber(Double.POSITIVE_INFINITY),
          "0.01 where labels are targets",
          "Largest accepted loss of the coefficient of determination against the targets.");

  public static final Parameter<ImmutableList<String>> GATE_OUTPUT =
      Parameter.derived(
          "gate-output",
          new Texts("NAME"),
          "every output that a cut reaches",
          "A graph output to which the condition applies.");

  public static final Parameter<ImmutableMap<String, String>> READ =
      Parameter.optional(
          "read",
          new Entries<>("OUTPUT", new Text("HOW")),
          "How to compare an output: scores, scores@AXIS, probabilities, values or classes.");

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
          MIN_EXPLAINED,
          MIN_COSINE,
          MAX_R2_DROP,
          GATE_OUTPUT,
          READ,
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
    OutputMetric metric = own == null ? metric(arguments) : own;
    Double maxMetricDrop = arguments.get(MAX_METRIC_DROP);
    if ((metric == null) != (maxMetricDrop == null)) {
      throw new UsageException(
          metric == null
              ? "--max-metric-drop was given without --metric."
              : "--metric was given without --max-metric-drop.",
          "Pass --metric COMMAND and --max-metric-drop X together.");
    }
    return new GateOptions(
        new GateLimits(
            new GateLimits.OfDecisions(
                arguments.get(MAX_ACCURACY_DROP), arguments.get(MIN_AGREEMENT)),
            new GateLimits.OfValues(
                arguments.get(MAX_RELATIVE_ERROR),
                arguments.get(MIN_EXPLAINED),
                arguments.get(MIN_COSINE),
                arguments.get(MAX_R2_DROP)),
            ImmutableSet.copyOf(arguments.get(GATE_OUTPUT, ImmutableList.of())),
            read(arguments.get(READ, ImmutableMap.of())),
            metric,
            maxMetricDrop,
            null),
        arguments.require(GATE));
  }

  private static ImmutableMap<String, Reading.Asked> read(ImmutableMap<String, String> texts) {
    ImmutableMap.Builder<String, Reading.Asked> asked = ImmutableMap.builder();
    texts.forEach(
        (output, how) -> {
          try {
            asked.put(output, Reading.Asked.parse(how));
          } catch (IllegalArgumentException e) {
            throw new UsageException(
                "--read %s=%s: \"%s\" is not a way to read an output.".formatted(output, how, how),
                "It " + e.getMessage() + ".",
                e);
          }
        });
    return asked.buildOrThrow();
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
    return !limits.equals(GateLimits.DEFAULTS);
  }
}
