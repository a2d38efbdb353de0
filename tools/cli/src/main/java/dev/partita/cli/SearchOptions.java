package dev.partita.cli;

import dev.partita.UsageException;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** How long a search goes on. */
final class SearchOptions {

  private static final Pattern TIME = Pattern.compile("(\\d{1,6})(s|m|h)");

  @Option(
      names = "--budget",
      paramLabel = "TIME",
      description =
          "With a search: no further choice is tried after this, such as 90s, 30m or 2h (default:"
              + " ${DEFAULT-VALUE}).")
  private String budget = "30m";

  Duration budget() {
    Matcher matcher = TIME.matcher(budget);
    if (!matcher.matches()) {
      throw new UsageException(
          "The budget \"%s\" is no time.".formatted(budget), "Give 90s, 30m or 2h.");
    }
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      default -> Duration.ofHours(amount);
    };
  }
}
