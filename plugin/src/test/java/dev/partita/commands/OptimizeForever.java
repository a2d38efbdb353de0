package dev.partita.commands;

import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.Strategy;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.spi.ProgressListener;
import java.nio.file.Files;
import java.nio.file.Path;

/** A program that writes over one output again and again, in two ways in turn. */
final class OptimizeForever {

  static final int WAYS = 2;

  private OptimizeForever() {}

  static void optimize(Path input, Path output, int way) {
    OptimizationReport unused =
        Optimizer.optimize(
            input,
            output,
            Options.builder()
                .set(TargetOptions.ACCELERATORS, 2 + way)
                .set(GateOptions.GATE, false)
                .set(SelectionOptions.MIN_BLOCK, 1)
                .set(PlanningOptions.STRATEGY, Strategy.CONTIGUOUS)
                .set(OutputOptions.OVERWRITE, true)
                .set(PlanningOptions.THREADS, 1)
                .build(),
            ProgressListener.NONE);
  }

  /** Arguments: the model, the output, and a file that is made once both ways were written. */
  public static void main(String[] arguments) throws Exception {
    for (long i = 0; ; i++) {
      optimize(Path.of(arguments[0]), Path.of(arguments[1]), (int) (i % WAYS));
      if (i == WAYS) {
        Files.createFile(Path.of(arguments[2]));
      }
    }
  }
}
