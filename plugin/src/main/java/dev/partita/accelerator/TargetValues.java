package dev.partita.accelerator;

import com.google.common.collect.ImmutableMap;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A target as the texts that stand in its file, one for each key: the one form that reading,
 * overriding and printing share. Every text has been accepted by its key.
 */
final class TargetValues {
  static final String SET_BY_USER = "set by the user";

  private final String origin;
  private final Map<TargetKey, Integer> lines;
  private final Map<TargetKey, String> texts;
  private final Map<String, String> sources;

  /**
   * Accepted texts for all keys.
   *
   * @param origin the file or target they come from, for messages
   * @param lines where in the file each stands; empty if they come from no file
   */
  TargetValues(
      String origin,
      Map<TargetKey, Integer> lines,
      Map<TargetKey, String> texts,
      Map<String, String> sources) {
    this.origin = origin;
    this.lines = ImmutableMap.copyOf(lines);
    this.texts = new EnumMap<>(texts);
    this.sources = new TreeMap<>(sources);
  }

  static TargetValues of(Target target) {
    Map<TargetKey, String> texts = new EnumMap<>(TargetKey.class);
    for (TargetKey key : TargetKey.values()) {
      texts.put(key, text(target, key));
    }
    return new TargetValues("target " + target.name(), ImmutableMap.of(), texts, target.sources());
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
    TargetValues changed = new TargetValues(origin, ImmutableMap.of(), texts, sources);
    changed.texts.put(key, text);
    changed.sources.put(path, SET_BY_USER);
    return changed;
  }

  /** The target, after the checks that concern more than one key. */
  Target toTarget() {
    Target target =
        new Target(
            text(TargetKey.NAME),
            (int) count(TargetKey.ACCELERATORS),
            number(TargetKey.CLOCK_MHZ),
            (int) count(TargetKey.WORD_BITS),
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
                number(TargetKey.DRAM_BYTES_PER_CYCLE),
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
            ImmutableMap.copyOf(sources));
    checkStorage(target);
    return target;
  }

  String toYaml() {
    return TargetPrinter.print(texts, sources);
  }

  private void checkStorage(Target target) {
    int copies = target.buffer().doubleBuffered() ? 2 : 1;
    if (target.bufferWords() < 2L * copies + 1) {
      throw new TargetException(
          "%s: the key \"buffer.bytes\" is %d, too small for one word each of input, weight and"
                  .formatted(where(TargetKey.BUFFER_BYTES), target.buffer().bytes())
              + " output; give at least %d words of %d bits"
                  .formatted(2 * copies + 1, target.wordBits()));
    }
    if (target.array().dataflow() == Dataflow.SPATIAL && target.registerFileWords() < 3) {
      throw new TargetException(
          "%s: the key \"register_file_bytes\" is %d, too small for one word each of input, weight"
                  .formatted(where(TargetKey.REGISTER_FILE_BYTES), target.registerFileBytes())
              + " and output, which the spatial dataflow keeps in it");
    }
  }

  private String where(TargetKey key) {
    Integer line = lines.get(key);
    return line == null ? origin : origin + ", line " + line;
  }

  private String text(TargetKey key) {
    String text = texts.get(key);
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

  private static String text(Target target, TargetKey key) {
    Target.EnergyTable energy = target.energy();
    return switch (key) {
      case NAME -> target.name();
      case ACCELERATORS -> Integer.toString(target.accelerators());
      case CLOCK_MHZ -> Decimals.print(target.clockMhz());
      case WORD_BITS -> Integer.toString(target.wordBits());
      case ARRAY_ROWS -> Integer.toString(target.array().rows());
      case ARRAY_COLUMNS -> Integer.toString(target.array().columns());
      case ARRAY_DATAFLOW -> target.array().dataflow().label();
      case REGISTER_FILE_BYTES -> Long.toString(target.registerFileBytes());
      case BUFFER_BYTES -> Long.toString(target.buffer().bytes());
      case BUFFER_DOUBLE_BUFFERED -> Boolean.toString(target.buffer().doubleBuffered());
      case BUFFER_BYTES_PER_CYCLE -> {
        Double limit = target.buffer().bytesPerCycle();
        yield limit == null ? "null" : Decimals.print(limit);
      }
      case DRAM_BYTES_PER_CYCLE -> Decimals.print(target.dram().bytesPerCycle());
      case DRAM_SHARING -> target.dram().sharing().name().toLowerCase(Locale.ROOT);
      case LINK_BYTES_PER_CYCLE -> Decimals.print(target.link().bytesPerCycle());
      case LINK_LATENCY_CYCLES -> Long.toString(target.link().latencyCycles());
      case LINK_HOPS -> Long.toString(target.link().hops());
      case ENERGY_UNIT -> target.energyUnit().label();
      case ENERGY_MAC -> Decimals.print(energy.mac());
      case ENERGY_REGISTER_FILE -> Decimals.print(energy.registerFile());
      case ENERGY_ARRAY -> Decimals.print(energy.array());
      case ENERGY_BUFFER -> Decimals.print(energy.buffer());
      case ENERGY_DRAM -> Decimals.print(energy.dram());
      case ENERGY_LINK_HOP -> Decimals.print(energy.linkHop());
      case ENERGY_STATIC_PER_CYCLE -> Decimals.print(energy.staticPerCycle());
    };
  }
}
