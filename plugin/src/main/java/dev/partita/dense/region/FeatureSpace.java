package dev.partita.dense.region;

import dev.partita.dense.select.FinderOptions;

/**
 * A class of values whose elements along the last axis correspond one to one.
 *
 * @param id its number within the region
 * @param size n, the number of features
 * @param state what becomes of its features
 * @param granule how many consecutive features, from a multiple of this on, always stay in one
 *     branch; 1 where each is free. Where it does not divide the size, the last granule has fewer
 */
public record FeatureSpace(int id, int size, State state, int granule) {

  /** A space of at least one granule. */
  public FeatureSpace {
    if (granule < 1 || granule > Math.max(1, size)) {
      throw new IllegalArgumentException(size + " features in granules of " + granule);
    }
  }

  /** A space whose features are free of each other. */
  public FeatureSpace(int id, int size, State state) {
    this(id, size, state, 1);
  }

  /** How many granules there are. */
  public int granules() {
    return (size + granule - 1) / granule;
  }

  /** How many features a granule has. */
  public int featuresOf(int ofGranule) {
    return Math.min(granule, size - ofGranule * granule);
  }

  /**
   * The features that a branch has at least where granules are dealt out as evenly as their number
   * allows; 0 or fewer where some branch may have none.
   */
  private int smallestBlock(int branches) {
    return (granules() / branches - 1) * granule + featuresOf(granules() - 1);
  }

  /**
   * Whether every accelerator gets a block of the features of a space.
   *
   * @param granule how many of them stay together
   */
  static boolean canDeal(int size, int granule, FinderOptions options) {
    return new FeatureSpace(0, size, State.ASSIGNED, granule).smallestBlock(options.accelerators())
        >= options.minBlock();
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
