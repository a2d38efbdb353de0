package dev.partita.cli.golden;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.Sets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The goldens of one case: a file for each text. */
record GoldenFolder(Path folder) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** A line for each difference between what is kept and what came out. */
  List<String> differences(Map<String, String> texts) throws IOException {
    List<String> differences = new ArrayList<>();
    Set<String> kept = children(folder);
    Sets.difference(kept, texts.keySet())
        .forEach(file -> differences.add(file + ": no longer made"));
    Sets.difference(texts.keySet(), kept).forEach(file -> differences.add(file + ": not kept"));
    for (String file : Sets.intersection(kept, texts.keySet())) {
      String before = Files.readString(folder.resolve(file));
      String after = texts.get(file);
      if (file.endsWith(".json")) {
        JsonComparison.differences(JSON.readTree(before), JSON.readTree(after))
            .forEach(line -> differences.add(file + " " + line));
      } else if (!before.equals(after)) {
        differences.add(file + " " + firstDifference(before, after));
      }
    }
    return differences;
  }

  private static String firstDifference(String before, String after) {
    List<String> old = before.lines().toList();
    List<String> now = after.lines().toList();
    int line = 0;
    while (line < old.size() && line < now.size() && old.get(line).equals(now.get(line))) {
      line++;
    }
    return "line %d: \"%s\" is \"%s\" now"
        .formatted(
            line + 1,
            line < old.size() ? old.get(line) : "",
            line < now.size() ? now.get(line) : "");
  }

  /** Replaces everything in the folder. */
  void write(Map<String, String> texts) throws IOException {
    Files.createDirectories(folder);
    for (String file : children(folder)) {
      Files.delete(folder.resolve(file));
    }
    for (Map.Entry<String, String> text : texts.entrySet()) {
      Files.writeString(folder.resolve(text.getKey()), text.getValue());
    }
  }

  /** What lies in a folder, by name; nothing where there is no such folder. */
  static Set<String> children(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return Set.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }
}
