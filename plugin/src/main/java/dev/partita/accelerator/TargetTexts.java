package dev.partita.accelerator;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The values of a target as the texts of its file. */
final class TargetTexts {
  private TargetTexts() {}

  /** The text of a key; null for one that is left out. */
  static @Nullable String of(Target target, TargetKey key) {
    Target.EnergyTable energy = target.energy();
    return switch (key) {
      case NAME -> target.name();
      case ACCELERATORS -> Integer.toString(target.accelerators());
      case CLOCK_MHZ -> Decimals.print(target.clockMhz());
      case WORD_BITS -> Integer.toString(target.wordBits());
      case WEIGHT_BITS -> {
        Integer bits = target.givenWeightBits();
        yield bits == null ? null : bits.toString();
      }
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
      case DRAM_BYTES_PER_CYCLE -> target.dram().bandwidth().text();
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
