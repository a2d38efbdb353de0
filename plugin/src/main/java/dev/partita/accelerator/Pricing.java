package dev.partita.accelerator;

import org.jspecify.annotations.Nullable;

/** Puts a target's prices on counts. */
final class Pricing {
  /** Two operands read, the partial sum read and written: as in nn_dataflow and Eyeriss. */
  private static final double REGISTER_FILE_ACCESSES_PER_MAC = 4;

  private static final double PICOJOULES_PER_MICROJOULE = 1e6;

  private Pricing() {}

  /**
   * {@code MACs*(e_mac + 4*e_rf) + deliveries*e_array + accesses*e_buffer + words*e_dram +
   * p_static*cycles}, term by term in the target's unit. Energies are given for a word of the
   * target; a weight of fewer bits costs its part of that. A MAC and its register file accesses
   * cost what the table says, whatever the width of a weight.
   *
   * @param poweredCycles cycles times the accelerators that burn static power in them
   */
  static EnergyBreakdown energy(Target target, Counts counts, double poweredCycles) {
    Target.EnergyTable table = target.energy();
    return new EnergyBreakdown(
        target.energyUnit().label(),
        counts.macs() * table.mac(),
        counts.macs() * REGISTER_FILE_ACCESSES_PER_MAC * table.registerFile(),
        counts.deliveries().pricedWords(target) * table.array(),
        counts.bufferAccesses().pricedWords(target) * table.buffer(),
        counts.dram().pricedWords(target) * table.dram(),
        0,
        poweredCycles * table.staticPerCycle());
  }

  /** {@code words * hops * e_hop} for inputs and outputs that travel between accelerators. */
  static EnergyBreakdown link(Target target, long words) {
    double link = (double) words * target.link().hops() * target.energy().linkHop();
    return new EnergyBreakdown(target.energyUnit().label(), 0, 0, 0, 0, 0, link, 0);
  }

  /** The total in microjoules; null where the target counts in units of one MAC. */
  static @Nullable Double microjoules(Target target, EnergyBreakdown energy) {
    return switch (target.energyUnit()) {
      case PICOJOULE -> energy.total() / PICOJOULES_PER_MICROJOULE;
      case MAC -> null;
    };
  }
}
