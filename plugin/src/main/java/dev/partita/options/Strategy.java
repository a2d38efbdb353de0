package dev.partita.options;

/** How a plan is made. */
public enum Strategy {
  OPTIMIZED,
  CONTIGUOUS,
  RANDOM,
  /** Along zeros only: what would lose a weight is left alone, and nothing is repaired. */
  LOSSLESS
}
