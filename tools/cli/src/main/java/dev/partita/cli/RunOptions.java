package dev.partita.cli;

import dev.partita.optimize.OptimizeOptions;
import dev.partita.optimize.OptimizeOptions.IrVersion;
import dev.partita.optimize.OptimizeOptions.Repair;
import dev.partita.optimize.OptimizeOptions.Soften;
import dev.partita.optimize.OptimizeOptionsBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a model is planned, repaired and written. */
final class RunOptions {

  @Mixin private PlanningOptions planning = new PlanningOptions();

  @Option(
      names = "--validation",
      paramLabel = "DATA",
      description = "Data to check the result on (default: a quarter of the calibration data).")
  private @Nullable String validation;

  @Option(
      names = "--repair",
      paramLabel = "none|least-squares|distill",
      converter = Converters.OfRepair.class,
      description =
          "Default: least-squares with calibration data, else none; none with --strategy"
              + " lossless. distill goes on from least squares by gradient steps against the"
              + " original's outputs: minutes, and closer.")
  private @Nullable Repair repair;

  @Option(
      names = "--distill-steps",
      paramLabel = "N",
      description = "Gradient steps of --repair distill (default: ${DEFAULT-VALUE}).")
  private int distillSteps = OptimizeOptions.DEFAULT_DISTILL_STEPS;

  @Option(
      names = "--bridge-rank",
      paramLabel = "R",
      description =
          "Let every branch also read R numbers made of the whole input of its region, and add a"
              + " product of rank R behind it: more weights, a smaller error. Needs repair"
              + " (default: ${DEFAULT-VALUE}, none).")
  private int bridgeRank;

  @Option(
      names = "--soften",
      paramLabel = "auto|none",
      converter = Converters.OfSoften.class,
      description =
          "Where the gate fails: give the worst region bridges, a shared entry or fewer"
              + " accelerators before it is left whole, or leave it whole at once (default: auto).")
  private Soften soften = Soften.AUTO;

  @Option(
      names = "--ir-version",
      paramLabel = "auto|keep",
      converter = Converters.OfIrVersion.class,
      description = "Raise an older model to IR 10, where figures can stand on nodes, or not.")
  private IrVersion irVersion = IrVersion.AUTO;

  void applyTo(OptimizeOptionsBuilder options) {
    planning.applyTo(options);
    options
        .validation(validation)
        .repair(repair)
        .distillSteps(distillSteps)
        .bridgeRank(bridgeRank)
        .soften(soften)
        .irVersion(irVersion);
  }
}
