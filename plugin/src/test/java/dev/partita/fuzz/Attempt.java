package dev.partita.fuzz;

import com.google.common.collect.ImmutableList;
import dev.partita.UnsupportedInputException;
import dev.partita.UsageException;
import dev.partita.commands.Inspector;
import dev.partita.commands.Optimizer;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.PlanningOptions;
import dev.partita.options.Repair;
import dev.partita.options.RepairOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.Strategy;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.InspectReport;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.spi.ProgressListener;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What came of one input: explained and optimized from file to file, or refused.
 *
 * @param behaviour a short text that is the same for inputs that were treated the same way
 * @param written whether there is an output
 * @param failure anything that is neither a result nor a refusal; null where all is well
 */
record Attempt(String behaviour, boolean written, @Nullable Throwable failure) {

  /**
   * Two branches, everything included, no data and no gate; odd numbers ask for random plans, each
   * third for functions inlined.
   */
  static Options options(long number) {
    return Options.builder()
        .set(TargetOptions.ACCELERATORS, 2)
        .set(GateOptions.GATE, false)
        .set(RepairOptions.REPAIR, Repair.NONE)
        .set(SelectionOptions.MIN_BLOCK, 1)
        .set(SelectionOptions.INCLUDE, ImmutableList.of("*"))
        .set(SelectionOptions.INLINE_FUNCTIONS, number % 3 == 0)
        .set(PlanningOptions.STRATEGY, number % 2 == 0 ? Strategy.CONTIGUOUS : Strategy.RANDOM)
        .set(PlanningOptions.SEED, number)
        .set(PlanningOptions.THREADS, 1)
        .build();
  }

  static Attempt of(Sandbox sandbox, long number) {
    Options options = options(number);
    try {
      String behaviour = inspect(sandbox, options);
      try {
        OptimizationReport report =
            Optimizer.optimize(sandbox.model(), sandbox.output(), options, ProgressListener.NONE);
        behaviour += " | " + report.outcome() + " " + report.regions().size();
        return checked(sandbox, behaviour, true);
      } catch (UnsupportedInputException | UsageException e) {
        return checked(sandbox, behaviour + " | " + pattern(e), false);
      }
    } catch (IOException | RuntimeException | Error e) {
      return new Attempt("failure", false, e);
    }
  }

  private static String inspect(Sandbox sandbox, Options options) {
    try {
      InspectReport report = Inspector.inspect(sandbox.model(), options);
      return report.layers().stream()
          .map(layer -> layer.op() + layer.reason())
          .sorted()
          .distinct()
          .toList()
          .toString();
    } catch (UnsupportedInputException e) {
      return pattern(e);
    }
  }

  private static Attempt checked(Sandbox sandbox, String behaviour, boolean written)
      throws IOException {
    String complaint = sandbox.complaint(written);
    return new Attempt(
        behaviour, written, complaint.isEmpty() ? null : new IllegalStateException(complaint));
  }

  /** A message without the names and numbers in it. */
  private static String pattern(Exception e) {
    return String.valueOf(e.getMessage())
        .replaceAll("'[^']*'|\\[[^]]*]|[0-9]+|/\\S+", "_")
        .transform(text -> text.substring(0, Math.min(text.length(), 120)));
  }
}
