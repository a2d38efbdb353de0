package dev.partita.runtime;

import java.util.Locale;
import java.util.Optional;

/** Finds the name that was probably meant. */
public final class Suggestion {
  private Suggestion() {}

  /** The known name nearest to {@code wrong}, empty where none shares half of its letters. */
  public static Optional<String> closest(String wrong, Iterable<String> known) {
    String best = "";
    int bestDistance = Integer.MAX_VALUE;
    for (String candidate : known) {
      int distance = distance(wrong.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
      if (distance < bestDistance) {
        best = candidate;
        bestDistance = distance;
      }
    }
    boolean close = bestDistance <= Math.max(1, Math.max(wrong.length(), best.length()) / 2);
    return close ? Optional.of(best) : Optional.empty();
  }

  /**
   * Text to put behind a name that does not exist: {@code (did you mean "scores"?)} with a space
   * before it, or an empty string where nothing is close.
   */
  public static String forName(String wrong, Iterable<String> known) {
    return closest(wrong, known).map(name -> " (did you mean \"" + name + "\"?)").orElse("");
  }

  /** Insertions, deletions and substitutions between two strings. */
  private static int distance(String left, String right) {
    int[] row = new int[right.length() + 1];
    for (int j = 0; j <= right.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= left.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= right.length(); j++) {
        int substituted = diagonal + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[right.length()];
  }
}
