package dev.partita.cli;

import java.time.Duration;
import picocli.CommandLine.Option;

/** How long a search goes on. */
final class SearchOptions {

  @Option(
      names = "--budget",
      paramLabel = "TIME",
      converter = Converters.OfTime.class,
      description =
          "Time limit of a search, after which no further choice is tried, such as 90s, "
              + "30m or 2h (default: 30m).")
  private Duration budget = Duration.ofMinutes(30);

  Duration budget() {
    return budget;
  }
}
