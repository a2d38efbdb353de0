package dev.partita.accelerator;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Accepted texts of keys, each with its line where it comes from a file. */
final class TargetEntries {
  private final Map<TargetKey, String> texts = new EnumMap<>(TargetKey.class);
  private final Map<TargetKey, Integer> lines = new EnumMap<>(TargetKey.class);

  /** Sets a key; {@code line} is null for a key that is not from a file. */
  void put(TargetKey key, String text, @Nullable Integer line) {
    texts.put(key, text);
    if (line == null) {
      lines.remove(key);
    } else {
      lines.put(key, line);
    }
  }

  /** A copy in which the values of the others replace those of this. */
  TargetEntries with(TargetEntries others) {
    TargetEntries both = new TargetEntries();
    texts.forEach((key, text) -> both.put(key, text, line(key)));
    others.texts.forEach((key, text) -> both.put(key, text, others.line(key)));
    return both;
  }

  @Nullable String text(TargetKey key) {
    return texts.get(key);
  }

  @Nullable Integer line(TargetKey key) {
    return lines.get(key);
  }

  /** The texts in the order of their keys. */
  Map<TargetKey, String> texts() {
    return Collections.unmodifiableMap(texts);
  }
}
