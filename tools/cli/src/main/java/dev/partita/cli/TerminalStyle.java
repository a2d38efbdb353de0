package dev.partita.cli;

import com.google.common.base.Strings;
import java.util.Map;

/**
 * Colours of standard error.
 *
 * @param colored whether there are any
 */
record TerminalStyle(boolean colored) {

  private static final String RED = "\033[1;31m";
  private static final String PLAIN = "\033[0m";

  /**
   * Colours where a person watches, has not set {@code NO_COLOR} (https://no-color.org), and the
   * terminal is not one that cannot show them.
   */
  static TerminalStyle of(boolean terminal, Map<String, String> environment) {
    return new TerminalStyle(
        terminal
            && Strings.isNullOrEmpty(environment.get("NO_COLOR"))
            && !"dumb".equals(environment.get("TERM")));
  }

  /** The prefix of an error. */
  String error(String text) {
    return colored ? RED + text + PLAIN : text;
  }
}
