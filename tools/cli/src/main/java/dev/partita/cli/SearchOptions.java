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
          "With a search: no further choice is tried after this, such as 90s, 30m or 2h (default:"
              + " 30m).")
  private Duration budget = Duration.ofMinutes(30);

  Duration budget() {
    return budget;
  }
}
