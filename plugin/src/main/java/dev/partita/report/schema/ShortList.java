package dev.partita.report.schema;

import java.util.List;

/** Names in a sentence: the first few, and how many more there are. */
public final class ShortList {

  private static final int SHOWN = 5;

  private ShortList() {}

  public static String of(List<String> names) {
    return names.size() <= SHOWN
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, SHOWN)) + " and " + (names.size() - SHOWN) + " more";
  }
}
