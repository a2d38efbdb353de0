package dev.partita.accelerator;

/** Whether every accelerator has the target's DRAM bandwidth to itself, or all of them share it. */
public enum DramSharing {
  /** Each accelerator has the full bandwidth: pruned time falls with the square of their number. */
  PRIVATE,
  /**
   * The bandwidth is divided by the number of accelerators: pruned time falls with their number.
   */
  SHARED
}
