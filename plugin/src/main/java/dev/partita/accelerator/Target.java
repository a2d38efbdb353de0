package dev.partita.accelerator;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A description of accelerators, equal but for {@code overrides}: how many, how fast, what each
 * access costs, and where every number comes from. Immutable; made by {@link Targets}, which
 * refuses values that make no sense.
 *
 * @param name the target's name
 * @param accelerators how many there are, at least 1
 * @param clockMhz clock of everything that is counted in cycles, in MHz
 * @param wordBits bits of one operand word; the target's own, whatever type the model stores
 * @param givenWeightBits bits of one weight where they are given; null where a weight is a word as
 *     any other
 * @param array the multipliers of one accelerator
 * @param registerFileBytes register file of one multiplier, in bytes
 * @param buffer the on-chip buffer of one accelerator
 * @param dram the memory behind the buffer
 * @param link what inputs and outputs travel over between accelerators
 * @param energyUnit what {@code energy} counts in
 * @param energy energy of each kind of access
 * @param overrides for each accelerator what of all this is different there, key (with dots) to
 *     text; empty where all are equal
 * @param sources for a key, or a group of keys, where its value comes from; {@code assumed} where
 *     there is no source
 */
public record Target(
    String name,
    int accelerators,
    double clockMhz,
    int wordBits,
    @Nullable Integer givenWeightBits,
    MultiplierArray array,
    long registerFileBytes,
    Buffer buffer,
    Dram dram,
    Link link,
    EnergyUnit energyUnit,
    EnergyTable energy,
    ImmutableList<ImmutableMap<String, String>> overrides,
    ImmutableMap<String, String> sources) {

  /**
   * A grid of multipliers.
   *
   * @param rows R
   * @param columns C
   * @param dataflow how it works through a product
   */
  public record MultiplierArray(int rows, int columns, Dataflow dataflow) {}

  /**
   * The on-chip buffer of one accelerator.
   *
   * @param bytes capacity in bytes
   * @param doubleBuffered whether input and weight tiles are held twice, one loading and one in use
   * @param bytesPerCycle bandwidth in bytes per cycle; null where it sets no limit
   */
  public record Buffer(long bytes, boolean doubleBuffered, @Nullable Double bytesPerCycle) {}

  /**
   * The memory of one accelerator, or of all.
   *
   * @param bandwidth in bytes per cycle, for any working set
   * @param sharing whether each accelerator has that bandwidth, or all share it
   */
  public record Dram(Bandwidth bandwidth, DramSharing sharing) {

    /** A memory that is as fast for every working set. */
    public Dram(double bytesPerCycle, DramSharing sharing) {
      this(Bandwidth.of(bytesPerCycle), sharing);
    }

    /** Bandwidth in bytes per cycle for the largest working set. */
    public double bytesPerCycle() {
      return bandwidth.bytesPerCycle();
    }
  }

  /**
   * The link that scatters inputs and gathers outputs; transfers follow one another on it.
   *
   * @param bytesPerCycle bandwidth in bytes per cycle
   * @param latencyCycles cycles of one hop, paid once for a transfer
   * @param hops hops between any two accelerators
   */
  public record Link(double bytesPerCycle, long latencyCycles, long hops) {}

  /**
   * Energy of one access of one word, in the target's {@link EnergyUnit}.
   *
   * @param mac one multiply-accumulate
   * @param registerFile one register file access
   * @param array one delivery to a multiplier over the array's interconnect
   * @param buffer one access of the on-chip buffer
   * @param dram one DRAM access
   * @param linkHop one word over one hop
   * @param staticPerCycle leakage and idle power of one accelerator for one cycle
   */
  public record EnergyTable(
      double mac,
      double registerFile,
      double array,
      double buffer,
      double dram,
      double linkHop,
      double staticPerCycle) {}

  /** Bits of one weight. */
  public int weightBits() {
    return givenWeightBits == null ? wordBits : givenWeightBits;
  }

  /** Words that fit the buffer: S in the equations. */
  public long bufferWords() {
    return Math.multiplyExact(buffer.bytes(), 8L) / wordBits;
  }

  /** Words that fit the register file of one multiplier. */
  public long registerFileWords() {
    return Math.multiplyExact(registerFileBytes, 8L) / wordBits;
  }

  /**
   * One accelerator as a target of its own; this target where all are equal.
   *
   * @param index from 0
   * @throws IndexOutOfBoundsException if there is no such accelerator
   */
  public Target accelerator(int index) {
    Objects.checkIndex(index, accelerators);
    return overrides.isEmpty() ? this : TargetValues.of(this).accelerator(index);
  }

  /**
   * This target with the one bandwidth that its memory has for a working set.
   *
   * @param bytes that are read over and over
   */
  public Target forWorkingSet(long bytes) {
    Dram at = new Dram(dram.bandwidth().at(bytes), dram.sharing());
    ImmutableList<ImmutableMap<String, String>> each =
        overrides.stream().map(own -> own(own, bytes)).collect(ImmutableList.toImmutableList());
    if (at.equals(dram) && each.equals(overrides)) {
      return this;
    }
    return new Target(
        name,
        accelerators,
        clockMhz,
        wordBits,
        givenWeightBits,
        array,
        registerFileBytes,
        buffer,
        at,
        link,
        energyUnit,
        energy,
        each,
        sources);
  }

  private static ImmutableMap<String, String> own(ImmutableMap<String, String> own, long bytes) {
    TargetKey key = TargetKey.DRAM_BYTES_PER_CYCLE;
    return ImmutableMap.copyOf(
        Maps.transformEntries(
            own,
            (path, text) ->
                path.equals(key.path()) ? Decimals.print(key.bandwidth(text).at(bytes)) : text));
  }

  /**
   * This target with one key replaced, and its source replaced by a note that the user set it.
   *
   * @param key a key of the target file, with dots, as in {@code array.dataflow}
   * @param value the value as it would be in the file
   * @throws TargetException if the key is unknown or the value is refused
   */
  public Target withOverride(String key, String value) {
    return TargetValues.of(this).override(key, value).toTarget();
  }

  /**
   * This target with another number of accelerators.
   *
   * @throws TargetException if the number is below 1 or absurd, or the accelerators are unequal, so
   *     that nothing says what the others would be
   */
  public Target withAccelerators(int count) {
    return count == accelerators ? this : withOverride("accelerators", Integer.toString(count));
  }

  /** The target as a file that {@link Targets#read} reads back to an equal target. */
  public String toYaml() {
    return TargetValues.of(this).toYaml();
  }
}
