package dev.partita.options;

import com.google.common.collect.ImmutableList;
import dev.partita.spi.Arguments;
import dev.partita.spi.Parameter;
import dev.partita.spi.ParameterType.Choice;
import dev.partita.spi.ParameterType.Data;
import dev.partita.spi.ParameterType.WholeNumber;
import org.jspecify.annotations.Nullable;

/**
 * How a planned model is repaired, and on what it is checked.
 *
 * @param validation data to gate on; null for a quarter of the calibration data
 * @param method how weights are repaired; null for the rule of {@link Options#effectiveRepair}
 * @param distillSteps how many gradient steps distillation takes, at least 1
 * @param bridgeRank how many numbers the branches tell each other at each end of a region; 0 for
 *     none. Needs repair
 * @param soften whether a region may be softened before it is taken back
 */
public record RepairOptions(
    @Nullable String validation,
    @Nullable Repair method,
    int distillSteps,
    int bridgeRank,
    Soften soften) {

  public static final Parameter<String> VALIDATION =
      Parameter.derived(
              "validation",
              new Data(),
              "a quarter of the calibration data",
              "Data on which the result is checked.")
          .unrecorded();

  public static final Parameter<Repair> REPAIR =
      Parameter.derived(
          "repair",
          new Choice<>(Repair.class),
          "least-squares with calibration data if weights may be dropped, otherwise none",
          "How kept weights are recomputed. distill continues from least squares with "
              + "gradient steps towards the original's outputs; it takes minutes and is more "
              + "accurate.");

  public static final Parameter<Long> DISTILL_STEPS =
      Parameter.of(
          "distill-steps", WholeNumber.count(), 9000L, "Number of gradient steps of distillation.");

  public static final Parameter<Long> BRIDGE_RANK =
      Parameter.of(
          "bridge-rank",
          new WholeNumber("R", 0, Integer.MAX_VALUE),
          0L,
          "Let every branch also read R numbers computed from the whole input of its "
              + "region, and add a product of rank R after it. This keeps more weights and "
              + "reduces the error. Requires repair; 0 means no bridges.");

  public static final Parameter<Soften> SOFTEN =
      Parameter.of(
          "soften",
          new Choice<>(Soften.class),
          Soften.AUTO,
          "If the gate fails: auto tries bridges, a shared entry or fewer accelerators "
              + "for the worst region before leaving it whole; none leaves it whole at once.");

  static final ImmutableList<Parameter<?>> PARAMETERS =
      ImmutableList.of(VALIDATION, REPAIR, DISTILL_STEPS, BRIDGE_RANK, SOFTEN);

  static RepairOptions of(Arguments arguments) {
    return new RepairOptions(
        arguments.get(VALIDATION),
        arguments.get(REPAIR),
        Math.toIntExact(arguments.require(DISTILL_STEPS)),
        Math.toIntExact(arguments.require(BRIDGE_RANK)),
        arguments.require(SOFTEN));
  }
}
