package dev.partita.verify;

import com.google.common.collect.ImmutableList;
import dev.partita.UsageException;
import org.jspecify.annotations.Nullable;

/**
 * Splits a command into words as a shell does, and does nothing else that a shell does: blanks
 * divide words; {@code '...'} holds all characters as they are; {@code "..."} too, but for a
 * backslash before a quote or a backslash; outside of quotes a backslash holds the character behind
 * it. Variables, globs, pipes and redirections are plain characters.
 */
final class CommandWords {

  private static final char NONE = 0;

  private CommandWords() {}

  /**
   * The words.
   *
   * @throws UsageException where there is none, a quote stays open, or a backslash ends the text
   */
  static ImmutableList<String> split(String text) {
    ImmutableList.Builder<String> words = ImmutableList.builder();
    @Nullable StringBuilder word = null;
    char quote = NONE;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quote == NONE && Character.isWhitespace(c)) {
        if (word != null) {
          words.add(word.toString());
          word = null;
        }
        continue;
      }
      if (word == null) {
        word = new StringBuilder();
      }
      if (quote == NONE && (c == '\'' || c == '"')) {
        quote = c;
      } else if (c == quote) {
        quote = NONE;
      } else if (c == '\\' && escapes(text, i, quote)) {
        i++;
        word.append(text.charAt(i));
      } else {
        word.append(c);
      }
    }
    if (quote != NONE) {
      throw refused(text, "a quote stays open");
    }
    if (word != null) {
      words.add(word.toString());
    }
    ImmutableList<String> all = words.build();
    if (all.isEmpty() || all.get(0).isEmpty()) {
      throw refused(text, "it names no program");
    }
    return all;
  }

  private static boolean escapes(String text, int at, char quote) {
    if (quote == '\'') {
      return false;
    }
    boolean last = at + 1 == text.length();
    if (quote == NONE && last) {
      throw refused(text, "it ends with a backslash");
    }
    return quote == NONE || (!last && (text.charAt(at + 1) == '"' || text.charAt(at + 1) == '\\'));
  }

  private static UsageException refused(String text, String why) {
    return new UsageException(
        "The command [%s] cannot be split into words: %s.".formatted(text, why),
        "Words are split as a shell does, with '...', \"...\" and backslashes.");
  }
}
