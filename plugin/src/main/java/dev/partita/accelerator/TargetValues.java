package dev.partita.accelerator;

import com.google.common.base.Verify;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Lists;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A target as the texts of its file, one for each key: the one form that reading, overriding and
 * printing share. Every text has been accepted by its key.
 */
final class TargetValues {
  static final String SET_BY_USER = "set by the user";

  private final String origin;
  private final TargetEntries entries;
  private final ImmutableList<TargetEntries> overrides;
  private final Map<String, String> sources;

  /**
   * Accepted texts for all keys.
   *
   * @param origin the file or target they come from, for messages
   * @param overrides for each accelerator what differs there; empty if nothing does
   */
  TargetValues(
      String origin,
      TargetEntries entries,
      List<TargetEntries> overrides,
      Map<String, String> sources) {
    this.origin = origin;
    this.entries = entries;
    this.overrides = ImmutableList.copyOf(overrides);
    this.sources = new TreeMap<>(sources);
  }

  static TargetValues of(Target target) {
    TargetEntries entries = new TargetEntries();
    for (TargetKey key : TargetKey.values()) {
      String text = TargetTexts.of(target, key);
      if (text != null) {
        entries.put(key, text, null);
      }
    }
    ImmutableList.Builder<TargetEntries> overrides = ImmutableList.builder();
    for (Map<String, String> own : target.overrides()) {
      TargetEntries ofOne = new TargetEntries();
      own.forEach(
          (path, text) -> ofOne.put(Verify.verifyNotNull(TargetKey.BY_PATH.get(path)), text, null));
      overrides.add(ofOne);
    }
    return new TargetValues(
        "target " + target.name(), entries, overrides.build(), target.sources());
  }

  TargetValues override(String path, String value) {
    TargetKey key = TargetKey.BY_PATH.get(path);
    if (key == null) {
      throw new TargetException(
          "%s: the key \"%s\" to set is unknown%s"
              .formatted(origin, path, Suggestion.among(TargetKey.BY_PATH.keySet(), path)));
    }
    String text = value.strip();
    if (!key.accepts(text)) {
      throw new TargetException(
          "%s: the key \"%s\" cannot be set to \"%s\"; it must be %s"
              .formatted(origin, path, text, key.expectation()));
    }
    if (key == TargetKey.ACCELERATORS && !overrides.isEmpty()) {
      requireNumberOfList(text);
      return this;
    }
    TargetEntries changed = new TargetEntries();
    changed.put(key, text, null);
    TargetValues values = new TargetValues(origin, entries.with(changed), overrides, sources);
    values.sources.put(path, SET_BY_USER);
    return values;
  }

  private void requireNumberOfList(String text) {
    if (!text.equals(Integer.toString(overrides.size()))) {
      throw new TargetException(
          "%s: the target lists %d unequal accelerators, so their number cannot be set to %s"
                  .formatted(origin, overrides.size(), text)
              + "; change the list");
    }
  }

  /** What an accelerator is, by itself. */
  Target accelerator(int index) {
    TargetEntries own = entries.with(overrides.get(index));
    own.put(TargetKey.ACCELERATORS, "1", null);
    return new TargetValues(origin, own, ImmutableList.of(), sources).toTarget();
  }

  /** The target, after the checks that concern more than one key. */
  Target toTarget() {
    Target target =
        new Target(
            text(TargetKey.NAME),
            (int) count(TargetKey.ACCELERATORS),
            number(TargetKey.CLOCK_MHZ),
            (int) count(TargetKey.WORD_BITS),
            entries.text(TargetKey.WEIGHT_BITS) == null
                ? null
                : Integer.valueOf((int) count(TargetKey.WEIGHT_BITS)),
            new Target.MultiplierArray(
                (int) count(TargetKey.ARRAY_ROWS),
                (int) count(TargetKey.ARRAY_COLUMNS),
                dataflow(text(TargetKey.ARRAY_DATAFLOW))),
            count(TargetKey.REGISTER_FILE_BYTES),
            new Target.Buffer(
                count(TargetKey.BUFFER_BYTES),
                Boolean.parseBoolean(text(TargetKey.BUFFER_DOUBLE_BUFFERED)),
                nullableNumber(TargetKey.BUFFER_BYTES_PER_CYCLE)),
            new Target.Dram(
                TargetKey.DRAM_BYTES_PER_CYCLE.bandwidth(text(TargetKey.DRAM_BYTES_PER_CYCLE)),
                DramSharing.valueOf(text(TargetKey.DRAM_SHARING).toUpperCase(Locale.ROOT))),
            new Target.Link(
                number(TargetKey.LINK_BYTES_PER_CYCLE),
                count(TargetKey.LINK_LATENCY_CYCLES),
                count(TargetKey.LINK_HOPS)),
            EnergyUnit.valueOf(text(TargetKey.ENERGY_UNIT).toUpperCase(Locale.ROOT)),
            new Target.EnergyTable(
                number(TargetKey.ENERGY_MAC),
                number(TargetKey.ENERGY_REGISTER_FILE),
                number(TargetKey.ENERGY_ARRAY),
                number(TargetKey.ENERGY_BUFFER),
                number(TargetKey.ENERGY_DRAM),
                number(TargetKey.ENERGY_LINK_HOP),
                number(TargetKey.ENERGY_STATIC_PER_CYCLE)),
            overrides.stream()
                .map(
                    own ->
                        own.texts().entrySet().stream()
                            .collect(
                                ImmutableMap.toImmutableMap(
                                    entry -> entry.getKey().path(), Map.Entry::getValue)))
                .collect(ImmutableList.toImmutableList()),
            ImmutableMap.copyOf(sources));
    checkStorage(target);
    for (int i = 0; i < overrides.size(); i++) {
      checkStorage(accelerator(i));
    }
    return target;
  }

  String toYaml() {
    return TargetPrinter.print(
        entries.texts(), Lists.transform(overrides, TargetEntries::texts), sources);
  }

  private void checkStorage(Target target) {
    Room buffer = Room.buffer(target);
    if (!buffer.fitsOneOfEach()) {
      throw new TargetException(
          "%s: the key \"buffer.bytes\" is %d, too small for one word each of input, weight and"
                  .formatted(where(TargetKey.BUFFER_BYTES), target.buffer().bytes())
              + " output; give at least %d words of %d bits"
                  .formatted(2 * buffer.copies() + 1, target.wordBits()));
    }
    if (target.array().dataflow().needsRegisterFile()
        && !Room.registerFile(target).fitsOneOfEach()) {
      throw new TargetException(
          "%s: the key \"register_file_bytes\" is %d, too small for one word each of input, weight"
                  .formatted(where(TargetKey.REGISTER_FILE_BYTES), target.registerFileBytes())
              + " and output, which the %s dataflow keeps in it"
                  .formatted(target.array().dataflow().label()));
    }
  }

  private String where(TargetKey key) {
    Integer line = entries.line(key);
    return line == null ? origin : origin + ", line " + line;
  }

  private String text(TargetKey key) {
    String text = entries.text(key);
    if (text == null) {
      throw new IllegalStateException("no value for " + key.path());
    }
    return text;
  }

  private long count(TargetKey key) {
    return Long.parseLong(text(key));
  }

  private double number(TargetKey key) {
    return Double.parseDouble(text(key)) + 0.0; // -0 becomes 0, so that a printed target is equal
  }

  private @Nullable Double nullableNumber(TargetKey key) {
    return text(key).equals("null") ? null : Double.valueOf(number(key));
  }

  private static Dataflow dataflow(String label) {
    for (Dataflow dataflow : Dataflow.values()) {
      if (dataflow.label().equals(label)) {
        return dataflow;
      }
    }
    throw new IllegalStateException(label);
  }
}
