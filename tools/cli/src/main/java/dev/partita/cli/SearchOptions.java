package dev.partita.cli;

import java.time.Duration;
import picocli.CommandLine.Option;

/** How long a search goes on. */
final class SearchOptions {

  @Option(
      names = "--budget",
      paramLabel = "TIME",
      description =
          "With a search: no further choice is tried after this, such as 90s, 30m or 2h (default:"
              + " ${DEFAULT-VALUE}).")
  private String budget = "30m";

  Duration budget() {
    return TimeText.parse("budget", budget);
  }
}
