package dev.partita.run;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import dev.partita.dense.region.Findings;
import dev.partita.dense.select.FinderOptions;
import dev.partita.options.Options;
import dev.partita.runtime.Suggestion;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** Finds include and exclude patterns that match no dense layer: a mistyped one does nothing. */
public final class UnmatchedPatterns {

  private static final int SHOWN = 3;

  private UnmatchedPatterns() {}

  /** One sentence for each of them, with names that are near. */
  public static ImmutableList<String> sentences(Options options, Findings findings) {
    ImmutableSortedSet.Builder<String> names = ImmutableSortedSet.naturalOrder();
    findings.regions().stream()
        .flatMap(region -> region.layers().stream())
        .forEach(layer -> names.add(layer.layer().name()));
    findings.skipped().forEach(skipped -> names.add(skipped.node()));
    ImmutableList.Builder<String> sentences = ImmutableList.builder();
    add("--include", options.selection().include(), names.build(), sentences);
    add("--exclude", options.selection().exclude(), names.build(), sentences);
    return sentences.build();
  }

  private static void add(
      String option,
      List<String> globs,
      Set<String> names,
      ImmutableList.Builder<String> sentences) {
    for (String glob : globs) {
      Predicate<String> matches = FinderOptions.matches(glob);
      if (names.stream().noneMatch(matches)) {
        sentences.add(option + " '" + glob + "' matches no dense layer" + near(glob, names) + ".");
      }
    }
  }

  /** Names that hold the longest part of the pattern; else the one of the most like letters. */
  private static String near(String glob, Set<String> names) {
    String longest =
        Splitter.onPattern("[*?]")
            .splitToStream(glob)
            .max(Comparator.comparingInt(String::length))
            .orElse("");
    List<String> holding =
        longest.isEmpty()
            ? List.of()
            : names.stream().filter(name -> name.contains(longest)).limit(SHOWN).toList();
    if (!holding.isEmpty()) {
      return " (near: " + String.join(", ", holding) + ")";
    }
    return Suggestion.forName(glob.replaceAll("[*?]", ""), names);
  }
}
