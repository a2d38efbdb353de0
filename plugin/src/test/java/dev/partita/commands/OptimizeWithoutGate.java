package dev.partita.commands;

import com.google.common.base.VerifyException;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.PlanningOptions;
import dev.partita.options.Strategy;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.Outcome;
import dev.partita.spi.ProgressListener;
import java.nio.file.Path;

/** A program of its own, so that a test can give a run as little heap as it likes. */
final class OptimizeWithoutGate {

  static final int ACCELERATORS = 4;
  static final long SEED = 7;

  private OptimizeWithoutGate() {}

  static Options options(Strategy strategy) {
    return Options.builder()
        .set(TargetOptions.ACCELERATORS, ACCELERATORS)
        .set(GateOptions.GATE, false)
        .set(PlanningOptions.STRATEGY, strategy)
        .set(PlanningOptions.SEED, SEED)
        .set(PlanningOptions.THREADS, 2)
        .build();
  }

  /** Arguments: the model, the output, and the strategy where it is not the random one. */
  public static void main(String[] arguments) {
    Strategy strategy = arguments.length > 2 ? Strategy.valueOf(arguments[2]) : Strategy.RANDOM;
    OptimizationReport report =
        Optimizer.optimize(
            Path.of(arguments[0]), Path.of(arguments[1]), options(strategy), ProgressListener.NONE);
    if (report.outcome() != Outcome.OPTIMIZED) {
      throw new VerifyException(report.outcome().name());
    }
    if (report.run().peakHeapBytes() > Runtime.getRuntime().maxMemory()) {
      throw new VerifyException(report.run().peakHeapBytes() + " bytes of heap");
    }
  }
}
