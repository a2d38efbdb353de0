package dev.partita.fuzz;

import dev.partita.UnsupportedInputException;
import dev.partita.UsageException;
import dev.partita.optimize.InspectReport;
import dev.partita.optimize.Inspector;
import dev.partita.optimize.OptimizationReport;
import dev.partita.optimize.OptimizeOptions;
import dev.partita.optimize.OptimizeOptions.Repair;
import dev.partita.optimize.OptimizeOptions.Strategy;
import dev.partita.optimize.Optimizer;
import dev.partita.spi.ProgressListener;
import java.io.IOException;
import java.util.List;
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
  static OptimizeOptions options(long number) {
    return OptimizeOptions.builder()
        .accelerators(2)
        .gate(false)
        .repair(Repair.NONE)
        .minBlock(1)
        .include(List.of("*"))
        .inlineFunctions(number % 3 == 0)
        .strategy(number % 2 == 0 ? Strategy.CONTIGUOUS : Strategy.RANDOM)
        .seed(number)
        .threads(1)
        .build();
  }

  static Attempt of(Sandbox sandbox, long number) {
    OptimizeOptions options = options(number);
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

  private static String inspect(Sandbox sandbox, OptimizeOptions options) {
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
