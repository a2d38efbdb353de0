package dev.partita.dense;

/**
 * A class of values whose elements along the last axis correspond one to one.
 *
 * @param id its number within the region
 * @param size n, the number of features
 * @param state what becomes of its features
 * @param granule how many consecutive features, from a multiple of this on, always stay in one
 *     branch; 1 where each is free. Divides the size
 */
public record FeatureSpace(int id, int size, State state, int granule) {

  /** A space whose granules are whole. */
  public FeatureSpace {
    if (granule < 1 || size % granule != 0) {
      throw new IllegalArgumentException(size + " features in granules of " + granule);
    }
  }

  /** A space whose features are free of each other. */
  public FeatureSpace(int id, int size, State state) {
    this(id, size, state, 1);
  }

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
