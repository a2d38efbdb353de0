package dev.partita.accelerator;

import com.google.common.base.Verify;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Maps;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The keys of a target file in the order they are printed, with what each may hold. */
enum TargetKey {
  NAME("name", Kind.TEXT),
  ACCELERATORS("accelerators", Kind.COUNT, 1, 65_536),
  CLOCK_MHZ("clock_mhz", Kind.NUMBER, 1e-3, 1e6),
  WORD_BITS("word_bits", Kind.COUNT, 1, 64),
  WEIGHT_BITS("weight_bits", Kind.COUNT, 1, 64),
  ARRAY_ROWS("array.rows", Kind.COUNT, 1, 65_536),
  ARRAY_COLUMNS("array.columns", Kind.COUNT, 1, 65_536),
  ARRAY_DATAFLOW("array.dataflow", Dataflow.labels()),
  REGISTER_FILE_BYTES("register_file_bytes", Kind.COUNT, 1, 1L << 30),
  BUFFER_BYTES("buffer.bytes", Kind.COUNT, 1, 1L << 40),
  BUFFER_DOUBLE_BUFFERED("buffer.double_buffered", "true", "false"),
  BUFFER_BYTES_PER_CYCLE("buffer.bytes_per_cycle", Kind.NUMBER_OR_NULL, 1e-3, 1e9),
  DRAM_BYTES_PER_CYCLE("dram.bytes_per_cycle", Kind.NUMBER_OR_CURVE, 1e-3, 1e9),
  DRAM_SHARING("dram.sharing", "private", "shared"),
  LINK_BYTES_PER_CYCLE("link.bytes_per_cycle", Kind.NUMBER, 1e-3, 1e9),
  LINK_LATENCY_CYCLES("link.latency_cycles", Kind.COUNT, 0, 1_000_000_000),
  LINK_HOPS("link.hops", Kind.COUNT, 1, 65_536),
  ENERGY_UNIT("energy_unit", "picojoule", "mac"),
  ENERGY_MAC("energy.mac", Kind.NUMBER, 0, 1e12),
  ENERGY_REGISTER_FILE("energy.register_file", Kind.NUMBER, 0, 1e12),
  ENERGY_ARRAY("energy.array", Kind.NUMBER, 0, 1e12),
  ENERGY_BUFFER("energy.buffer", Kind.NUMBER, 0, 1e12),
  ENERGY_DRAM("energy.dram", Kind.NUMBER, 0, 1e12),
  ENERGY_LINK_HOP("energy.link_hop", Kind.NUMBER, 0, 1e12),
  ENERGY_STATIC_PER_CYCLE("energy.static_per_cycle", Kind.NUMBER, 0, 1e12);

  /** Keys that may be left out. */
  static final ImmutableSet<TargetKey> OPTIONAL = ImmutableSet.of(WEIGHT_BITS);

  /** Keys that hold for all accelerators together, so that none can have its own value. */
  private static final ImmutableSet<TargetKey> COMMON =
      ImmutableSet.of(
          NAME,
          ACCELERATORS,
          WORD_BITS,
          WEIGHT_BITS,
          DRAM_SHARING,
          LINK_BYTES_PER_CYCLE,
          LINK_LATENCY_CYCLES,
          LINK_HOPS,
          ENERGY_UNIT,
          ENERGY_LINK_HOP);

  /** What a value looks like. */
  enum Kind {
    TEXT,
    COUNT,
    NUMBER,
    NUMBER_OR_NULL,
    NUMBER_OR_CURVE,
    CHOICE
  }

  /** Every key by its path in the file, with dots. */
  static final ImmutableMap<String, TargetKey> BY_PATH =
      Maps.uniqueIndex(Arrays.asList(values()), TargetKey::path);

  private final String path;
  private final Kind kind;
  private final double least;
  private final double most;

  @SuppressWarnings("ImmutableEnumChecker") // ImmutableList<String> is immutable
  private final ImmutableList<String> choices;

  TargetKey(String path, Kind kind) {
    this(path, kind, 0, 0, ImmutableList.of());
  }

  TargetKey(String path, Kind kind, double least, double most) {
    this(path, kind, least, most, ImmutableList.of());
  }

  TargetKey(String path, String... choices) {
    this(path, Kind.CHOICE, 0, 0, ImmutableList.copyOf(choices));
  }

  TargetKey(String path, Kind kind, double least, double most, ImmutableList<String> choices) {
    this.path = path;
    this.kind = kind;
    this.least = least;
    this.most = most;
    this.choices = choices;
  }

  /** The key with dots, as in {@code array.rows}. */
  String path() {
    return path;
  }

  /** Whether one accelerator may have another value than the rest. */
  boolean isOwn() {
    return !COMMON.contains(this);
  }

  Kind kind() {
    return kind;
  }

  /** The key's group, as in {@code array}, or null at the top level. */
  @Nullable String group() {
    int dot = path.indexOf('.');
    return dot < 0 ? null : path.substring(0, dot);
  }

  /** The key within its group. */
  String leaf() {
    return path.substring(path.indexOf('.') + 1);
  }

  /** What a value must be, to follow "must be". */
  String expectation() {
    return switch (kind) {
      case TEXT -> "text of at least one character";
      case COUNT -> "a whole number from %.0f to %.0f".formatted(least, most);
      case NUMBER ->
          "a number from %s to %s".formatted(Decimals.print(least), Decimals.print(most));
      case NUMBER_OR_NULL ->
          "a number from %s to %s, or null for no limit"
              .formatted(Decimals.print(least), Decimals.print(most));
      case NUMBER_OR_CURVE ->
          "a number from %s to %s, or a map of ascending working sets in bytes to such numbers, such as"
                  .formatted(Decimals.print(least), Decimals.print(most))
              + " {1048576: 50, 67108864: 20}";
      case CHOICE -> "one of " + String.join(", ", choices);
    };
  }

  /** Whether the text, as written in the file, is a value of this key. */
  boolean accepts(String text) {
    return switch (kind) {
      case TEXT -> !text.isBlank();
      case COUNT -> text.matches("[0-9]{1,18}") && inRange(Double.parseDouble(text));
      case NUMBER -> Decimals.isNumber(text) && inRange(Double.parseDouble(text));
      case NUMBER_OR_NULL ->
          text.equals("null") || (Decimals.isNumber(text) && inRange(Double.parseDouble(text)));
      case NUMBER_OR_CURVE -> Bandwidth.parse(text, least, most) != null;
      case CHOICE -> choices.contains(text);
    };
  }

  /** The bandwidth of an accepted text of a bandwidth key. */
  Bandwidth bandwidth(String text) {
    return Verify.verifyNotNull(Bandwidth.parse(text, least, most), "%s is %s", path, text);
  }

  private boolean inRange(double value) {
    return value >= least && value <= most;
  }
}
