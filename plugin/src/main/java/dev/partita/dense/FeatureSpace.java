package dev.partita.dense;

/**
 * A class of values whose elements along the last axis correspond one to one.
 *
 * @param id its number within the region
 * @param size n, the number of features
 * @param state what becomes of its features
 */
public record FeatureSpace(int id, int size, State state) {

  /** What becomes of the features of a space. */
  public enum State {
    /** Each feature belongs to one branch. */
    ASSIGNED,
    /** Every branch has all of them. */
    SHARED,
    /** Computed once, after the Concat. */
    WHOLE
  }
}
