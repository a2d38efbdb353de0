package dev.partita.optimize;

import com.google.common.base.VerifyException;
import dev.partita.optimize.OptimizationReport.Outcome;
import dev.partita.optimize.OptimizeOptions.Strategy;
import java.nio.file.Path;

/** A program of its own, so that a test can give a run as little heap as it likes. */
final class OptimizeWithoutGate {

  static final int ACCELERATORS = 4;
  static final long SEED = 7;

  private OptimizeWithoutGate() {}

  static OptimizeOptions options() {
    return OptimizeOptions.builder()
        .accelerators(ACCELERATORS)
        .gate(false)
        .strategy(Strategy.RANDOM)
        .seed(SEED)
        .threads(2)
        .build();
  }

  /** Arguments: the model and the output. */
  public static void main(String[] arguments) {
    OptimizationReport report =
        Optimizer.optimize(
            Path.of(arguments[0]), Path.of(arguments[1]), options(), ProgressListener.NONE);
    if (report.outcome() != Outcome.OPTIMIZED) {
      throw new VerifyException(report.outcome().name());
    }
  }
}
