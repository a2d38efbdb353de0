package dev.partita.cli;

import dev.partita.UsageException;
import dev.partita.optimize.CommandMetric;
import dev.partita.optimize.OptimizeOptionsBuilder;
import dev.partita.verify.OutputMetric;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A measure of the user's own. */
final class MetricOptions {

  @Option(
      names = "--metric",
      paramLabel = "'COMMAND ...'",
      description =
          "A program that scores outputs. It gets two more arguments, .npz files with what the"
              + " original and the candidate make, and prints a score for each, the higher the"
              + " better, or one number, how much the candidate is worse. Split into words as a"
              + " shell does; no shell is started. Needs --max-metric-drop.")
  private @Nullable String command;

  @Option(
      names = "--max-metric-drop",
      paramLabel = "X",
      description = "What the metric may lose, in its own unit.")
  private @Nullable Double maxDrop;

  @Option(
      names = "--metric-name",
      paramLabel = "NAME",
      description = "What reports call the metric (default: ${DEFAULT-VALUE}).")
  private String name = CommandMetric.DEFAULT_NAME;

  @Option(
      names = "--metric-timeout",
      paramLabel = "TIME",
      description =
          "How long one run of the metric may take, such as 90s, 30m or 2h (default:"
              + " ${DEFAULT-VALUE}).")
  private String timeout = CommandMetric.DEFAULT_TIMEOUT.toMinutes() + "m";

  void applyTo(OptimizeOptionsBuilder options) {
    Duration time = TimeText.parse("time of the metric", timeout);
    if (time.isZero()) {
      throw new UsageException("The metric is given no time.", "Give 90s, 30m or 2h.");
    }
    OutputMetric metric = command == null ? null : CommandMetric.of(name, command, time);
    options.metric(metric, maxDrop);
  }
}
