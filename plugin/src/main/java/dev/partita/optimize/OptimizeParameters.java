package dev.partita.optimize;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.UsageException;
import dev.partita.accelerator.DramSharing;
import dev.partita.optimize.OptimizeOptions.IrVersion;
import dev.partita.optimize.OptimizeOptions.Repair;
import dev.partita.optimize.OptimizeOptions.Soften;
import dev.partita.optimize.OptimizeOptions.Strategy;
import dev.partita.spi.Arguments;
import dev.partita.spi.Parameter;
import dev.partita.spi.ParameterType.Choice;
import dev.partita.spi.ParameterType.Data;
import dev.partita.spi.ParameterType.Entries;
import dev.partita.spi.ParameterType.Flag;
import dev.partita.spi.ParameterType.RealNumber;
import dev.partita.spi.ParameterType.Text;
import dev.partita.spi.ParameterType.Texts;
import dev.partita.spi.ParameterType.TimeSpan;
import dev.partita.spi.ParameterType.WholeNumber;
import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What can be said to a run, in groups of which commands take some. Options of the command line are
 * made from these, and {@link OptimizeOptions} is checked by them.
 */
public final class OptimizeParameters {

  private static final Choice<Repair> REPAIR = new Choice<>(Repair.class);
  private static final Choice<Strategy> STRATEGY = new Choice<>(Strategy.class);
  private static final WholeNumber COUNT = new WholeNumber("N", 1, Integer.MAX_VALUE);

  private static final Parameter<String> METRIC =
      Parameter.optional(
          "metric",
          new Text("'COMMAND ...'"),
          "A program that scores outputs, split into words as a shell does and started without one:"
              + " it gets two more arguments, .npz files with what the original and the candidate"
              + " make, and prints a score for each, the higher the better, or one number, how much"
              + " the candidate is worse; needs a limit on what it may lose.");

  private static final Parameter<Double> MAX_METRIC_DROP =
      Parameter.optional(
          "max-metric-drop",
          new RealNumber(Double.POSITIVE_INFINITY),
          "What the metric may lose, in its own unit.");

  private static final Parameter<String> METRIC_NAME =
      Parameter.of(
          "metric-name",
          new Text("NAME"),
          CommandMetric.DEFAULT_NAME,
          "What reports call the metric.");

  private static final Parameter<Duration> METRIC_TIMEOUT =
      Parameter.of(
          "metric-timeout",
          new TimeSpan(),
          CommandMetric.DEFAULT_TIMEOUT,
          "How long one run of the metric may take, such as 90s, 30m or 2h.");

  private static final ImmutableList<OptionBinding<?>> OF_TARGET =
      ImmutableList.of(
          bound(
              Parameter.derived(
                  "accelerators",
                  COUNT,
                  "as many as the target has",
                  "Number of accelerators, one branch each."),
              (builder, value) -> builder.accelerators(value.intValue()),
              options -> whole(options.accelerators())),
          bound(
              Parameter.of(
                  "target",
                  new Text("NAME|FILE"),
                  OptimizeOptions.DEFAULT_TARGET,
                  "A bundled target or a YAML file: what the estimates are for."),
              OptimizeOptionsBuilder::target,
              OptimizeOptions::target),
          bound(
              Parameter.optional(
                  "set",
                  new Entries<>("KEY", new Text("VALUE")),
                  "Override a key of the target, such as array.dataflow=systolic-os."),
              OptimizeOptionsBuilder::targetOverrides,
              OptimizeOptions::targetOverrides),
          bound(
              Parameter.derived(
                  "dim",
                  new Entries<>("NAME", new WholeNumber("N", 1, Long.MAX_VALUE)),
                  "1",
                  "Size that the estimates assume for a symbolic dimension."),
              OptimizeOptionsBuilder::dims,
              options -> ImmutableMap.copyOf(options.dims())),
          bound(
              Parameter.derived(
                  "dram",
                  new Choice<>(DramSharing.class),
                  "the target's",
                  "Whose DRAM bandwidth the estimates assume."),
              OptimizeOptionsBuilder::dramSharing,
              OptimizeOptions::dramSharing));

  private static final ImmutableList<OptionBinding<?>> OF_PLANNING =
      ImmutableList.of(
          bound(
              Parameter.optional(
                  "calibration",
                  new Data(),
                  "Data to plan and repair with: an .npz file, a folder of ONNX test data sets, or"
                      + " random[:N]."),
              OptimizeOptionsBuilder::calibration,
              OptimizeOptions::calibration),
          bound(
              Parameter.derived(
                  "padding-mask",
                  new Text("NAME"),
                  "attention_mask where the model has it",
                  "The input that is 0 at padding, which no statistic counts; none for no such"
                      + " input."),
              OptimizeOptionsBuilder::paddingMask,
              OptimizeOptions::paddingMask),
          bound(
              Parameter.of(
                  "strategy",
                  STRATEGY,
                  Strategy.OPTIMIZED,
                  "How blocks are chosen; lossless drops zeros only, and leaves layers alone whose"
                      + " weights do not fall into blocks."),
              OptimizeOptionsBuilder::strategy,
              OptimizeOptions::strategy),
          bound(
              Parameter.of(
                  "seed",
                  new WholeNumber("N", Long.MIN_VALUE, Long.MAX_VALUE),
                  1L,
                  "Seed of every random choice."),
              OptimizeOptionsBuilder::seed,
              OptimizeOptions::seed),
          bound(
              Parameter.derived(
                  "threads",
                  COUNT,
                  "one per processor",
                  "How many threads to use, which never changes the result."),
              (builder, value) -> builder.threads(value.intValue()),
              options -> whole(options.threads())));

  private static final ImmutableList<OptionBinding<?>> OF_REPAIR =
      ImmutableList.of(
          bound(
              Parameter.derived(
                  "validation",
                  new Data(),
                  "a quarter of the calibration data",
                  "Data to check the result on."),
              OptimizeOptionsBuilder::validation,
              OptimizeOptions::validation),
          bound(
              Parameter.derived(
                  "repair",
                  REPAIR,
                  "least-squares with calibration data where weights may be lost, else none",
                  "How kept weights are recomputed; distill goes on from least squares by gradient"
                      + " steps against the original's outputs: minutes, and closer."),
              OptimizeOptionsBuilder::repair,
              OptimizeOptions::repair),
          bound(
              Parameter.of(
                  "distill-steps",
                  COUNT,
                  (long) OptimizeOptions.DEFAULT_DISTILL_STEPS,
                  "How many gradient steps distillation takes."),
              (builder, value) -> builder.distillSteps(value.intValue()),
              options -> whole(options.distillSteps())),
          bound(
              Parameter.of(
                  "bridge-rank",
                  new WholeNumber("R", 0, Integer.MAX_VALUE),
                  0L,
                  "Let every branch also read R numbers made of the whole input of its region, and"
                      + " add a product of rank R behind it: more weights, a smaller error; needs"
                      + " repair, and 0 is none."),
              (builder, value) -> builder.bridgeRank(value.intValue()),
              options -> whole(options.bridgeRank())),
          bound(
              Parameter.of(
                  "soften",
                  new Choice<>(Soften.class),
                  Soften.AUTO,
                  "Where the gate fails: give the worst region bridges, a shared entry or fewer"
                      + " accelerators before it is left whole, or leave it whole at once."),
              OptimizeOptionsBuilder::soften,
              OptimizeOptions::soften),
          bound(
              Parameter.of(
                  "ir-version",
                  new Choice<>(IrVersion.class),
                  IrVersion.AUTO,
                  "Raise an older model to IR 10, where figures can stand on nodes, or not."),
              OptimizeOptionsBuilder::irVersion,
              OptimizeOptions::irVersion),
          bound(
              Parameter.of(
                  "fold",
                  new Flag(),
                  false,
                  "Put every region into a model-local function, so that viewers show it as one"
                      + " block. ONNX Runtime takes functions apart again, and places no branch by"
                      + " its metadata then."),
              OptimizeOptionsBuilder::fold,
              OptimizeOptions::fold));

  private static final ImmutableList<OptionBinding<?>> OF_GATE =
      ImmutableList.of(
          bound(
              Parameter.derived(
                  "max-accuracy-drop",
                  new RealNumber(1),
                  "0.01 with labels",
                  "Labelled top-1 that may be lost, absolute."),
              OptimizeOptionsBuilder::maxAccuracyDrop,
              OptimizeOptions::maxAccuracyDrop),
          bound(
              Parameter.derived(
                  "min-agreement",
                  new RealNumber(1),
                  "0.95 without labels",
                  "Share of samples whose arg-max stays."),
              OptimizeOptionsBuilder::minAgreement,
              OptimizeOptions::minAgreement),
          bound(
              Parameter.derived(
                  "max-relative-error",
                  new RealNumber(Double.POSITIVE_INFINITY),
                  "0.1 where the output is no row of scores",
                  "Relative error that the output may have."),
              OptimizeOptionsBuilder::maxRelativeError,
              OptimizeOptions::maxRelativeError),
          bound(
              Parameter.derived(
                  "gate-output",
                  new Text("NAME"),
                  "the first",
                  "The graph output that the condition is about."),
              OptimizeOptionsBuilder::gateOutput,
              OptimizeOptions::gateOutput),
          bound(
              Parameter.of("gate", new Flag(), true, "Whether an accuracy condition has to hold."),
              OptimizeOptionsBuilder::gate,
              OptimizeOptions::gate),
          // The four of them make one measure.
          bound(METRIC, (builder, value) -> {}, options -> null),
          bound(MAX_METRIC_DROP, (builder, value) -> {}, OptimizeOptions::maxMetricDrop),
          bound(METRIC_NAME, (builder, value) -> {}, options -> CommandMetric.DEFAULT_NAME),
          bound(METRIC_TIMEOUT, (builder, value) -> {}, options -> CommandMetric.DEFAULT_TIMEOUT));

  private static final ImmutableList<OptionBinding<?>> OF_FUNCTIONS =
      ImmutableList.of(
          bound(
              Parameter.of(
                  "inline-functions",
                  new Flag(),
                  false,
                  "Put the nodes of model-local functions with matrix products in them in the place"
                      + " of their calls, so that the products can be cut."),
              OptimizeOptionsBuilder::inlineFunctions,
              OptimizeOptions::inlineFunctions));

  private static final ImmutableList<OptionBinding<?>> OF_SELECTION =
      ImmutableList.<OptionBinding<?>>builder()
          .add(
              bound(
                  Parameter.optional(
                      "include",
                      new Texts("GLOB"),
                      "Cut nodes of this name that are kept whole by default."),
                  OptimizeOptionsBuilder::include,
                  OptimizeOptions::include),
              bound(
                  Parameter.optional(
                      "exclude", new Texts("GLOB"), "Leave nodes of this name alone."),
                  OptimizeOptionsBuilder::exclude,
                  OptimizeOptions::exclude),
              bound(
                  Parameter.of(
                      "min-block",
                      COUNT,
                      (long) OptimizeOptions.DEFAULT_MIN_BLOCK,
                      "The fewest features a branch may have."),
                  (builder, value) -> builder.minBlock(value.intValue()),
                  options -> whole(options.minBlock())))
          .addAll(OF_FUNCTIONS)
          .build();

  private static final ImmutableList<OptionBinding<?>> ALL =
      Stream.of(OF_TARGET, OF_PLANNING, OF_REPAIR, OF_GATE, OF_SELECTION)
          .flatMap(List::stream)
          .collect(ImmutableList.toImmutableList());

  private OptimizeParameters() {}

  /** Parameters that belong together. */
  public enum Group {
    /** The accelerators, and what the estimates assume. */
    TARGET,
    /** How blocks are chosen, and from what. */
    PLANNING,
    /** How a planned model is repaired, checked and written. */
    REPAIR,
    /** The accuracy condition. */
    GATE,
    /** Which layers are cut; those of functions among it. */
    SELECTION,
    /** What becomes of model-local functions. */
    FUNCTIONS;

    /** The parameters, in the order in which a host should list them. */
    public ImmutableList<Parameter<?>> parameters() {
      return OptimizeParameters.parameters(
          switch (this) {
            case TARGET -> OF_TARGET;
            case PLANNING -> OF_PLANNING;
            case REPAIR -> OF_REPAIR;
            case GATE -> OF_GATE;
            case SELECTION -> OF_SELECTION;
            case FUNCTIONS -> OF_FUNCTIONS;
          });
    }
  }

  /** All of them, each once. */
  public static ImmutableList<Parameter<?>> all() {
    return parameters(ALL);
  }

  private static ImmutableList<Parameter<?>> parameters(List<OptionBinding<?>> bindings) {
    return bindings.stream().map(OptionBinding::parameter).collect(ImmutableList.toImmutableList());
  }

  /**
   * Sets what was said; the rest stays.
   *
   * @throws UsageException if the metric cannot be taken
   */
  public static void apply(Arguments arguments, OptimizeOptionsBuilder options) {
    ALL.forEach(binding -> binding.apply(arguments, options));
    String command = arguments.get(METRIC);
    String name = arguments.get(METRIC_NAME);
    Duration timeout = arguments.get(METRIC_TIMEOUT);
    options.metric(
        command == null || name == null || timeout == null
            ? null
            : CommandMetric.of(name, command, timeout),
        arguments.get(MAX_METRIC_DROP));
  }

  /**
   * Refuses a value that its parameter does not allow.
   *
   * @throws UsageException that names the parameter
   */
  static void check(OptimizeOptions options) {
    ALL.forEach(binding -> binding.check(options));
  }

  /**
   * What holds in options that nobody changed, by parameters; for the test that holds the two
   * against each other.
   */
  static @Nullable Object value(Parameter<?> parameter, OptimizeOptions options) {
    return ALL.stream()
        .filter(binding -> binding.parameter().equals(parameter))
        .findFirst()
        .orElseThrow()
        .get()
        .apply(options);
  }

  private static <T> OptionBinding<T> bound(
      Parameter<T> parameter,
      BiConsumer<OptimizeOptionsBuilder, T> set,
      Function<OptimizeOptions, @Nullable T> get) {
    return new OptionBinding<>(parameter, set, get);
  }

  private static @Nullable Long whole(@Nullable Integer value) {
    return value == null ? null : value.longValue();
  }
}
