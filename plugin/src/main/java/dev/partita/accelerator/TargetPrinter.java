package dev.partita.accelerator;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Prints a target's texts as YAML: a line for each key or group of keys, then the sources. */
final class TargetPrinter {
  private TargetPrinter() {}

  static String print(
      Map<TargetKey, String> texts,
      List<Map<TargetKey, String>> overrides,
      Map<String, String> sources) {
    StringBuilder yaml = new StringBuilder();
    List<String> group = new ArrayList<>();
    @Nullable String groupName = null;
    for (TargetKey key : TargetKey.values()) {
      if (key == TargetKey.ACCELERATORS && !overrides.isEmpty()) {
        yaml.append("accelerators:\n");
        overrides.forEach(
            own -> yaml.append("  - {").append(String.join(", ", entries(own))).append("}\n"));
        continue;
      }
      String text = texts.get(key);
      if (text == null) {
        continue;
      }
      String entry = key.leaf() + ": " + (key.kind() == TargetKey.Kind.TEXT ? quote(text) : text);
      if (groupName != null && !groupName.equals(key.group())) {
        appendGroup(yaml, groupName, group);
      }
      groupName = key.group();
      if (groupName == null) {
        yaml.append(entry).append('\n');
      } else {
        group.add(entry);
      }
    }
    if (groupName != null) {
      appendGroup(yaml, groupName, group);
    }
    yaml.append(sources.isEmpty() ? "sources: {}\n" : "sources:\n");
    sources.forEach(
        (key, source) ->
            yaml.append("  ").append(key).append(": ").append(quote(source)).append('\n'));
    return yaml.toString();
  }

  /** The entries of one accelerator, those of a group together. */
  private static List<String> entries(Map<TargetKey, String> own) {
    Map<String, List<String>> groups = new LinkedHashMap<>();
    List<String> entries = new ArrayList<>();
    own.forEach(
        (key, text) -> {
          String group = key.group();
          String entry = key.leaf() + ": " + text;
          if (group == null) {
            entries.add(entry);
          } else {
            groups.computeIfAbsent(group, name -> new ArrayList<>()).add(entry);
          }
        });
    groups.forEach(
        (group, members) -> entries.add(group + ": {" + String.join(", ", members) + "}"));
    return entries;
  }

  private static void appendGroup(StringBuilder yaml, String name, List<String> entries) {
    yaml.append(name).append(": {").append(String.join(", ", entries)).append("}\n");
    entries.clear();
  }

  /** A double-quoted YAML scalar: any text comes back as it went in. */
  private static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ' || c > '~') {
        quoted.append(String.format("\\u%04x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
