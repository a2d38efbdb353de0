package dev.partita.options;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.UsageException;
import dev.partita.dense.find.LayerKey;
import dev.partita.spi.Arguments;
import dev.partita.spi.Parameter;
import dev.partita.verify.OutputMetric;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a run is asked to do. Built and checked by {@link #builder()}. */
public final class Options {

  private static final ImmutableList<Parameter<?>> PARAMETERS =
      ImmutableList.<Parameter<?>>builder()
          .addAll(OptionGroup.all())
          .addAll(OutputOptions.OF_THE_CALL)
          .build();

  private final Arguments arguments;
  private final @Nullable OutputMetric ownMetric;
  private final TargetOptions target;
  private final PlanningOptions planning;
  private final RepairOptions repair;
  private final OutputOptions output;
  private final GateOptions gate;
  private final SelectionOptions selection;

  private Options(
      Arguments arguments,
      @Nullable OutputMetric metric,
      ImmutableMap<LayerKey, String> leftAlone) {
    this.arguments = arguments;
    this.ownMetric = metric;
    this.target = TargetOptions.of(arguments);
    this.planning = PlanningOptions.of(arguments);
    this.repair = RepairOptions.of(arguments);
    this.output = OutputOptions.of(arguments);
    this.gate = GateOptions.of(arguments, metric);
    this.selection = SelectionOptions.of(arguments, leftAlone);
  }

  /** A builder with every default. */
  public static Builder builder() {
    return new Builder(ImmutableMap.of(), null, ImmutableMap.of());
  }

  /** A builder with these options, to change some of them. */
  public Builder toBuilder() {
    return new Builder(arguments.given(), ownMetric, selection.leftAlone());
  }

  public TargetOptions target() {
    return target;
  }

  public PlanningOptions planning() {
    return planning;
  }

  public RepairOptions repair() {
    return repair;
  }

  public OutputOptions output() {
    return output;
  }

  public GateOptions gate() {
    return gate;
  }

  public SelectionOptions selection() {
    return selection;
  }

  /** The value of an option, given or by default; null where it has none. */
  public <T> @Nullable T get(Parameter<T> parameter) {
    return arguments.get(parameter);
  }

  /**
   * The repair that holds: what was asked for, else least squares with calibration data where
   * weights may be lost.
   */
  public Repair effectiveRepair() {
    if (repair.method() != null) {
      return repair.method();
    }
    return planning.calibration() == null || planning.strategy() == Strategy.LOSSLESS
        ? Repair.NONE
        : Repair.LEAST_SQUARES;
  }

  /**
   * Refuses a run whose gate would have nothing to measure on. Kept apart from the builder because
   * inspecting a model needs no data.
   *
   * @throws UsageException with the gate on and neither calibration nor validation data
   */
  public void requireDataForGate() {
    if (gate.on() && planning.calibration() == null && repair.validation() == null) {
      throw new UsageException(
          "No data was given to check the result.",
          "Pass --calibration DATA (and --validation DATA), where DATA is an .npz file, "
              + "a folder of ONNX test data sets or random[:N]; or --no-gate to write without "
              + "a check.");
    }
  }

  private ImmutableList<Record> groups() {
    return ImmutableList.of(target, planning, repair, output, gate, selection);
  }

  /** Whether the same holds, given or by default. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Options options && groups().equals(options.groups());
  }

  @Override
  public int hashCode() {
    return groups().hashCode();
  }

  @Override
  public String toString() {
    return groups().toString();
  }

  private void checkCombinations() {
    if (!gate.on() && gate.isAskedFor()) {
      throw new UsageException(
          "An accuracy condition was given together with --no-gate.", "Omit one of the two.");
    }
    boolean repairs = repair.method() != null && repair.method() != Repair.NONE;
    if (repairs && planning.strategy() == Strategy.LOSSLESS) {
      throw new UsageException(
          "A lossless plan needs no repair.", "Pass --repair none or --strategy optimized.");
    }
    if (repairs && planning.calibration() == null) {
      throw new UsageException(
          "Repair needs calibration data.", "Pass --calibration DATA or --repair none.");
    }
    if (repair.bridgeRank() > 0 && effectiveRepair() == Repair.NONE) {
      throw new UsageException(
          "Bridges require repair, but repair is off.",
          "Pass --calibration DATA and a strategy other than lossless, or omit "
              + "--bridge-rank.");
    }
  }

  static @Nullable Integer whole(@Nullable Long value) {
    return value == null ? null : Math.toIntExact(value);
  }

  /** Collects and checks options. */
  public static final class Builder {

    private final Map<Parameter<?>, Object> values;
    private @Nullable OutputMetric metric;
    private ImmutableMap<LayerKey, String> leftAlone;

    private Builder(
        Map<Parameter<?>, Object> values,
        @Nullable OutputMetric metric,
        ImmutableMap<LayerKey, String> leftAlone) {
      this.values = new LinkedHashMap<>(values);
      this.metric = metric;
      this.leftAlone = leftAlone;
    }

    /** Sets an option in place of what it was; null for its default. */
    public <T> Builder set(Parameter<T> parameter, @Nullable T value) {
      if (value == null) {
        values.remove(parameter);
      } else {
        values.put(parameter, value);
      }
      return this;
    }

    /** Sets an option that is a whole number; null for its default. */
    public Builder set(Parameter<Long> parameter, @Nullable Integer value) {
      return set(parameter, value == null ? null : Long.valueOf(value));
    }

    /** Sets what was given; the rest stays. */
    public Builder set(Arguments arguments) {
      values.putAll(arguments.given());
      return this;
    }

    /**
     * A measure in place of a program, next to the other conditions.
     *
     * @param maxDrop what it may lose, in its own unit; null where there is no metric
     */
    public Builder metric(@Nullable OutputMetric metric, @Nullable Double maxDrop) {
      this.metric = metric;
      return set(GateOptions.MAX_METRIC_DROP, maxDrop);
    }

    /** Layers that are left alone whatever they are called, with what a person calls them. */
    public Builder leftAlone(Map<LayerKey, String> leftAlone) {
      this.leftAlone = ImmutableMap.copyOf(leftAlone);
      return this;
    }

    /**
     * The options, checked.
     *
     * @throws UsageException for a value out of its range, a metric that cannot be started, and
     *     options that contradict each other
     */
    public Options build() {
      Options options = new Options(Arguments.of(PARAMETERS).with(values), metric, leftAlone);
      options.checkCombinations();
      return options;
    }
  }
}
