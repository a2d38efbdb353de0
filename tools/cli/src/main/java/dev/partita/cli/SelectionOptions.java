package dev.partita.cli;

import dev.partita.optimize.OptimizeOptions;
import dev.partita.optimize.OptimizeOptionsBuilder;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which layers are cut. */
final class SelectionOptions {

  @Option(
      names = "--include",
      paramLabel = "GLOB",
      description = "Cut nodes of this name that are kept whole by default; repeatable.")
  private List<String> include = new ArrayList<>();

  @Option(
      names = "--exclude",
      paramLabel = "GLOB",
      description = "Leave nodes of this name alone; repeatable.")
  private List<String> exclude = new ArrayList<>();

  @Option(
      names = "--min-block",
      paramLabel = "N",
      description = "The fewest features a branch may have (default: ${DEFAULT-VALUE}).")
  private int minBlock = OptimizeOptions.DEFAULT_MIN_BLOCK;

  @Mixin private FunctionOptions functions = new FunctionOptions();

  void applyTo(OptimizeOptionsBuilder options) {
    options.include(include).exclude(exclude).minBlock(minBlock);
    functions.applyTo(options);
  }
}
