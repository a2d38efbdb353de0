package dev.partita.accelerator;

import java.util.Collection;
import java.util.Comparator;

/** The "did you mean" of a message about an unknown name. */
final class Suggestion {
  private Suggestion() {}

  /** {@code ; did you mean "x"?} for the nearest candidate, or nothing if none is near. */
  static String among(Collection<String> candidates, String wrong) {
    return candidates.stream()
        .min(Comparator.comparingInt(candidate -> distance(candidate, wrong)))
        .filter(nearest -> distance(nearest, wrong) <= Math.max(2, wrong.length() / 3))
        .map(nearest -> "; did you mean \"" + nearest + "\"?")
        .orElse("");
  }

  /** Edit distance: insertions, deletions and replacements of one character. */
  private static int distance(String left, String right) {
    int[] previous = new int[right.length() + 1];
    for (int j = 0; j <= right.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= left.length(); i++) {
      int[] current = new int[right.length() + 1];
      current[0] = i;
      for (int j = 1; j <= right.length(); j++) {
        int replaced = previous[j - 1] + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(replaced, 1 + Math.min(previous[j], current[j - 1]));
      }
      previous = current;
    }
    return previous[right.length()];
  }
}
