package dev.partita.accelerator;

import dev.partita.Reported;

/**
 * Energy term by term.
 *
 * @param unit {@code picojoule}, or {@code mac} where the target counts in units of one MAC
 * @param mac arithmetic
 * @param registerFile register file accesses, four for each MAC
 * @param array deliveries over the array's interconnect
 * @param buffer accesses of the on-chip buffer
 * @param dram DRAM accesses
 * @param link hops between accelerators
 * @param staticPower leakage and idle power until the slowest accelerator ends
 */
@Reported("Energy by component, in `unit`.")
public record EnergyBreakdown(
    String unit,
    double mac,
    double registerFile,
    double array,
    double buffer,
    double dram,
    double link,
    double staticPower) {

  /** Both together, term by term; of the same unit. */
  EnergyBreakdown plus(EnergyBreakdown other) {
    return new EnergyBreakdown(
        unit,
        mac + other.mac,
        registerFile + other.registerFile,
        array + other.array,
        buffer + other.buffer,
        dram + other.dram,
        link + other.link,
        staticPower + other.staticPower);
  }

  /** The sum of all terms, in {@link #unit()}. */
  public double total() {
    return mac + registerFile + array + buffer + dram + link + staticPower;
  }
}
