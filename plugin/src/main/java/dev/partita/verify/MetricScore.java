package dev.partita.verify;

import org.jspecify.annotations.Nullable;

/**
 * What a user's measure says of a candidate.
 *
 * @param before the original's score, the higher the better; null where the measure compares
 * @param after the candidate's score; null likewise
 * @param drop how much the candidate is worse, in the measure's own unit; below 0 where it is
 *     better
 */
public record MetricScore(@Nullable Double before, @Nullable Double after, double drop) {

  /** A score of each model, the higher the better. */
  public static MetricScore of(double before, double after) {
    return new MetricScore(before, after, before - after);
  }

  /** One number for both: how much worse the candidate is. */
  public static MetricScore ofDrop(double drop) {
    return new MetricScore(null, null, drop);
  }
}
