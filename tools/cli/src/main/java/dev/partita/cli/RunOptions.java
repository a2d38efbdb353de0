package dev.partita.cli;

import dev.partita.optimize.OptimizeOptions;
import dev.partita.optimize.OptimizeOptions.IrVersion;
import dev.partita.optimize.OptimizeOptions.Repair;
import dev.partita.optimize.OptimizeOptions.Soften;
import dev.partita.optimize.OptimizeOptions.Strategy;
import dev.partita.optimize.OptimizeOptionsBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a model is planned, repaired and written. */
final class RunOptions {

  @Option(
      names = "--calibration",
      paramLabel = "DATA",
      description =
          "Data to plan and repair with: an .npz file, a folder of ONNX test data sets, or"
              + " random[:N].")
  private @Nullable String calibration;

  @Option(
      names = "--validation",
      paramLabel = "DATA",
      description = "Data to check the result on (default: a quarter of the calibration data).")
  private @Nullable String validation;

  @Option(
      names = "--padding-mask",
      paramLabel = "NAME",
      description =
          "The input that is 0 at padding, which no statistic counts; none for no such input"
              + " (default: attention_mask where the model has it).")
  private @Nullable String paddingMask;

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
      names = "--strategy",
      paramLabel = "optimized|contiguous|random|lossless",
      converter = Converters.OfStrategy.class,
      description =
          "How blocks are chosen (default: optimized). lossless drops zeros only: layers whose"
              + " weights do not fall into blocks are left alone.")
  private Strategy strategy = Strategy.OPTIMIZED;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of every random choice (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(
      names = "--ir-version",
      paramLabel = "auto|keep",
      converter = Converters.OfIrVersion.class,
      description = "Raise an older model to IR 10, where figures can stand on nodes, or not.")
  private IrVersion irVersion = IrVersion.AUTO;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Default: one per processor. Never changes the result.")
  private int threads = Runtime.getRuntime().availableProcessors();

  void applyTo(OptimizeOptionsBuilder options) {
    options
        .calibration(calibration)
        .validation(validation)
        .paddingMask(paddingMask)
        .repair(repair)
        .distillSteps(distillSteps)
        .bridgeRank(bridgeRank)
        .soften(soften)
        .strategy(strategy)
        .seed(seed)
        .irVersion(irVersion)
        .threads(threads);
  }
}
