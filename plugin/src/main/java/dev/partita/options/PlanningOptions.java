package dev.partita.options;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.spi.Arguments;
import dev.partita.spi.Parameter;
import dev.partita.spi.ParameterType.Choice;
import dev.partita.spi.ParameterType.Data;
import dev.partita.spi.ParameterType.Entries;
import dev.partita.spi.ParameterType.Text;
import dev.partita.spi.ParameterType.WholeNumber;
import org.jspecify.annotations.Nullable;

/**
 * How blocks are chosen, and from what.
 *
 * @param calibration data to plan and repair with, as the command line takes it; null for none
 * @param paddingMask the input that is 0 at padding, which no statistic counts; "none" for no such
 *     input; null for "attention_mask" where the model has it
 * @param sampleAxes the axis of an input that counts the samples of the data
 * @param batch samples of every batch of data; null for what suits
 * @param strategy how plans are made
 * @param seed of every random choice
 * @param threads how many threads to use, at least 1; never changes the result
 */
public record PlanningOptions(
    @Nullable String calibration,
    @Nullable String paddingMask,
    ImmutableMap<String, Long> sampleAxes,
    @Nullable Integer batch,
    Strategy strategy,
    long seed,
    int threads) {

  public static final Parameter<String> CALIBRATION =
      Parameter.optional(
              "calibration",
              new Data(),
              "Data for planning and repair: an .npz file, a folder of ONNX test data sets, "
                  + "or random[:N].")
          .unrecorded();

  public static final Parameter<String> PADDING_MASK =
      Parameter.derived(
          "padding-mask",
          new Text("NAME"),
          "attention_mask if the model has it",
          "The input that is 0 at padding; padded positions are excluded from all "
              + "statistics. none means that there is no padding.");

  public static final Parameter<ImmutableMap<String, Long>> SAMPLE_AXIS =
      Parameter.derived(
          "sample-axis",
          new Entries<>("NAME", new WholeNumber("AXIS", -8, 7)),
          "0, or the one axis that fits",
          "The axis of an input that counts the samples, from 0, or from the end with -1.");

  public static final Parameter<Long> BATCH =
      Parameter.derived(
          "batch",
          WholeNumber.count(),
          "what the model takes",
          "Run the data in batches of exactly N samples, for models whose graph fixes their "
              + "number.");

  public static final Parameter<Strategy> STRATEGY =
      Parameter.of(
          "strategy",
          new Choice<>(Strategy.class),
          Strategy.OPTIMIZED,
          "How blocks are chosen. lossless drops only zeros and leaves layers alone "
              + "whose weights do not separate into blocks.");

  public static final Parameter<Long> SEED =
      Parameter.of(
          "seed",
          new WholeNumber("N", Long.MIN_VALUE, Long.MAX_VALUE),
          1L,
          "Seed of all random choices.");

  public static final Parameter<Long> THREADS =
      Parameter.derived(
              "threads",
              WholeNumber.count(),
              "one per processor",
              "Number of threads. It never changes the result.")
          .unrecorded();

  static final ImmutableList<Parameter<?>> PARAMETERS =
      ImmutableList.of(CALIBRATION, PADDING_MASK, SAMPLE_AXIS, BATCH, STRATEGY, SEED, THREADS);

  static PlanningOptions of(Arguments arguments) {
    Integer threads = Options.whole(arguments.get(THREADS));
    return new PlanningOptions(
        arguments.get(CALIBRATION),
        arguments.get(PADDING_MASK),
        arguments.get(SAMPLE_AXIS, ImmutableMap.of()),
        Options.whole(arguments.get(BATCH)),
        arguments.require(STRATEGY),
        arguments.require(SEED),
        threads == null ? Runtime.getRuntime().availableProcessors() : threads);
  }
}
