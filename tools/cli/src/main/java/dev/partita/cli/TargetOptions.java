package dev.partita.cli;

import dev.partita.accelerator.DramSharing;
import dev.partita.optimize.OptimizeOptions;
import dev.partita.optimize.OptimizeOptionsBuilder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The accelerators, and what the estimates assume. */
final class TargetOptions {

  @Option(
      names = {"-p", "--accelerators"},
      paramLabel = "N",
      description = "Number of accelerators, one branch each (default: as many as the target has).")
  private @Nullable Integer accelerators;

  @Option(
      names = "--target",
      paramLabel = "NAME|FILE",
      defaultValue = OptimizeOptions.DEFAULT_TARGET,
      description = "A bundled target or a YAML file (default: ${DEFAULT-VALUE}).")
  private String target = OptimizeOptions.DEFAULT_TARGET;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Override a key of the target, such as array.dataflow=systolic-os; repeatable.")
  private Map<String, String> overrides = new LinkedHashMap<>();

  @Option(
      names = "--dim",
      paramLabel = "NAME=N",
      description = "Size assumed for a symbolic dimension (default: 1); repeatable.")
  private Map<String, Long> dims = new LinkedHashMap<>();

  @Option(
      names = "--dram",
      paramLabel = "private|shared",
      converter = Converters.OfDramSharing.class,
      description = "Whose DRAM bandwidth the estimates assume (default: the target's).")
  private @Nullable DramSharing dramSharing;

  void applyTo(OptimizeOptionsBuilder options) {
    options
        .accelerators(accelerators)
        .target(target)
        .targetOverrides(overrides)
        .dims(dims)
        .dramSharing(dramSharing);
  }
}
