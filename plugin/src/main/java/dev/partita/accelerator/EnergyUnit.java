package dev.partita.accelerator;

/** What a target's energy table counts in. */
public enum EnergyUnit {
  /** Picojoules: energies convert to microjoules. */
  PICOJOULE("picojoule"),
  /** Multiples of one multiply-accumulate: ratios mean something, joules are not known. */
  MAC("mac");

  private final String label;

  EnergyUnit(String label) {
    this.label = label;
  }

  /** The name in a target file and in {@link EnergyBreakdown#unit()}. */
  public String label() {
    return label;
  }
}
