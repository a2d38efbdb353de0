package dev.partita.options;

/** How kept weights are recomputed. */
public enum Repair {
  NONE,
  LEAST_SQUARES,
  /** Least squares, then gradient steps against the original's outputs. */
  DISTILL
}
