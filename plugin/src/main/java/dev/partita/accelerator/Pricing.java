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
   * hops*e_hop + p_static*cycles}, term by term in the target's unit.
   *
   * @param linkWords words that travel between accelerators
   * @param poweredCycles cycles times the accelerators that burn static power in them
   */
  static EnergyBreakdown energy(Target target, Counts counts, long linkWords, long poweredCycles) {
    Target.EnergyTable table = target.energy();
    return new EnergyBreakdown(
        target.energyUnit().label(),
        counts.macs() * table.mac(),
        counts.macs() * REGISTER_FILE_ACCESSES_PER_MAC * table.registerFile(),
        counts.deliveries() * table.array(),
        counts.bufferAccesses() * table.buffer(),
        counts.dramWords() * table.dram(),
        (double) linkWords * target.link().hops() * table.linkHop(),
        poweredCycles * table.staticPerCycle());
  }

  /** The total in microjoules; null where the target counts in units of one MAC. */
  static @Nullable Double microjoules(Target target, EnergyBreakdown energy) {
    return switch (target.energyUnit()) {
      case PICOJOULE -> energy.total() / PICOJOULES_PER_MICROJOULE;
      case MAC -> null;
    };
  }
}
