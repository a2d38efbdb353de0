package dev.partita.cli;

import dev.partita.optimize.OptimizeOptions.Strategy;
import dev.partita.optimize.OptimizeOptionsBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How blocks are chosen, and from what. */
final class PlanningOptions {

  @Option(
      names = "--calibration",
      paramLabel = "DATA",
      description =
          "Data to plan and repair with: an .npz file, a folder of ONNX test data sets, or"
              + " random[:N].")
  private @Nullable String calibration;

  @Option(
      names = "--padding-mask",
      paramLabel = "NAME",
      description =
          "The input that is 0 at padding, which no statistic counts; none for no such input"
              + " (default: attention_mask where the model has it).")
  private @Nullable String paddingMask;

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
      names = "--threads",
      paramLabel = "N",
      description = "Default: one per processor. Never changes the result.")
  private int threads = Runtime.getRuntime().availableProcessors();

  void applyTo(OptimizeOptionsBuilder options) {
    options
        .calibration(calibration)
        .paddingMask(paddingMask)
        .strategy(strategy)
        .seed(seed)
        .threads(threads);
  }
}
