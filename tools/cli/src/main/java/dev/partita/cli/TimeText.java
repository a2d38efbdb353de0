package dev.partita.cli;

import dev.partita.UsageException;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Lengths of time as options write them. */
final class TimeText {

  private static final Pattern TIME = Pattern.compile("(\\d{1,6})(s|m|h)");

  private TimeText() {}

  /**
   * A length of time.
   *
   * @param what it is, for the refusal
   * @param text a whole number and {@code s}, {@code m} or {@code h}
   */
  static Duration parse(String what, String text) {
    Matcher matcher = TIME.matcher(text);
    if (!matcher.matches()) {
      throw new UsageException(
          "The %s \"%s\" is no time.".formatted(what, text), "Give 90s, 30m or 2h.");
    }
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      default -> Duration.ofHours(amount);
    };
  }
}
