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
          "Labelled accuracy that may be lost, absolute.");

  public static final Parameter<Double> MIN_AGREEMENT =
      Parameter.derived(
          "min-agreement",
          new RealNumber(1),
          "0.95 for scores and class numbers without labels",
          "Share of decisions that stay as they are.");

  public static final Parameter<Double> MAX_RELATIVE_ERROR =
      Parameter.derived(
          "max-relative-error",
          new RealNumber(Double.POSITIVE_INFINITY),
          "0.1 for values",
          "Relative error that an output may have.");

  public static final Parameter<Double> MIN_EXPLAINED =
      Parameter.derived(
          "min-explained",
          new RealNumber(1),
          "0.9 for values",
          "Share of the variance of each column that the result has to explain; of the mean over"
              + " columns beyond 16.");

  public static final Parameter<Double> MIN_COSINE =
      Parameter.optional(
          "min-cosine", new RealNumber(1), "Mean cosine between the outputs of both models.");

  public static final Parameter<Double> MAX_R2_DROP =
      Parameter.derived(
          "max-r2-drop",
          new RealNumber(Double.POSITIVE_INFINITY),
          "0.01 where labels are targets",
          "Coefficient of determination against the targets that may be lost.");

  public static final Parameter<ImmutableList<String>> GATE_OUTPUT =
      Parameter.derived(
          "gate-output",
          new Texts("NAME"),
          "every output that a cut leads to",
          "A graph output that has to hold.");

  public static final Parameter<ImmutableMap<String, String>> READ =
      Parameter.optional(
          "read",
          new Entries<>("OUTPUT", new Text("HOW")),
          "What an output is: scores, scores@AXIS, probabilities, values or classes.");

  public static final Parameter<Boolean> GATE =
      Parameter.of("gate", new Flag(), true, "Whether an accuracy condition has to hold.");

  public static final Parameter<String> METRIC =
      Parameter.optional(
              "metric",
              new Text("'COMMAND ...'"),
              "A program that scores outputs, split into words as a shell does and started without"
                  + " one: it gets two more arguments, .npz files with what the original and the"
                  + " candidate make, and prints a score for each, the higher the better, or one"
                  + " number, how much the candidate is worse; needs a limit on what it may lose.")
          .unrecorded();

  public static final Parameter<Double> MAX_METRIC_DROP =
      Parameter.optional(
          "max-metric-drop",
          new RealNumber(Double.POSITIVE_INFINITY),
          "What the metric may lose, in its own unit.");

  public static final Parameter<String> METRIC_NAME =
      Parameter.of(
              "metric-name",
              new Text("NAME"),
              CommandMetric.DEFAULT_NAME,
              "What reports call the metric.")
          .unrecorded();

  public static final Parameter<Duration> METRIC_TIMEOUT =
      Parameter.of(
              "metric-timeout",
              new TimeSpan(),
              CommandMetric.DEFAULT_TIMEOUT,
              "How long one run of the metric may take, such as 90s, 30m or 2h.")
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
              ? "A limit on the metric drop was given, and no metric."
              : "A metric was given, and no limit on what it may lose.",
          "Give --metric COMMAND and --max-metric-drop X together.");
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
