package dev.partita.accelerator;

import com.google.common.collect.ImmutableList;

/**
 * When each accelerator does what, as {@link Estimate#cycles()} of the pruned layers adds it up.
 *
 * @param accelerators how many
 * @param clockMhz cycles in a microsecond
 * @param cycles when the last segment ends
 * @param segments in the order of time; those of one accelerator do not overlap
 */
public record Schedule(
    int accelerators, double clockMhz, long cycles, ImmutableList<Segment> segments) {

  /** What a segment is spent on. */
  public enum Kind {
    /** Inputs travel to the accelerators. */
    SCATTER,
    COMPUTE,
    /** Outputs travel back. */
    GATHER
  }

  /** During a transfer no accelerator works, so that it belongs to all. */
  public static final int ALL = -1;

  /**
   * One stretch of time.
   *
   * @param kind what it is spent on
   * @param accelerator which one; {@link #ALL} for a transfer
   * @param layer the layer whose block, input or output it is
   * @param start first cycle
   * @param end the cycle after the last
   */
  public record Segment(Kind kind, int accelerator, String layer, long start, long end) {}
}
