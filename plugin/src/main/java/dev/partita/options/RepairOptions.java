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
              "Data to check the result on.")
          .unrecorded();

  public static final Parameter<Repair> REPAIR =
      Parameter.derived(
          "repair",
          new Choice<>(Repair.class),
          "least-squares with calibration data where weights may be lost, else none",
          "How kept weights are recomputed; distill goes on from least squares by gradient steps"
              + " against the original's outputs: minutes, and closer.");

  public static final Parameter<Long> DISTILL_STEPS =
      Parameter.of(
          "distill-steps",
          WholeNumber.count(),
          9000L,
          "How many gradient steps distillation takes.");

  public static final Parameter<Long> BRIDGE_RANK =
      Parameter.of(
          "bridge-rank",
          new WholeNumber("R", 0, Integer.MAX_VALUE),
          0L,
          "Let every branch also read R numbers made of the whole input of its region, and add a"
              + " product of rank R behind it: more weights, a smaller error; needs repair, and 0"
              + " is none.");

  public static final Parameter<Soften> SOFTEN =
      Parameter.of(
          "soften",
          new Choice<>(Soften.class),
          Soften.AUTO,
          "Where the gate fails: give the worst region bridges, a shared entry or fewer"
              + " accelerators before it is left whole, or leave it whole at once.");

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
