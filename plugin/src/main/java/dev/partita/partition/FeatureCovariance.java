package dev.partita.partition;

import com.google.common.collect.ImmutableList;

/**
 * How the features of a value vary together over calibration data. Wide values are described in
 * runs of neighbouring features, without what joins one run to another.
 *
 * @param runs consecutive, covering every feature
 */
public record FeatureCovariance(ImmutableList<Run> runs) {

  /** Up to here the whole matrix is kept. */
  private static final int WHOLE = 2048;

  /** Above, runs of this many features, so that time and memory grow with their number alone. */
  private static final int RUN = 512;

  /**
   * The covariance within a run of features.
   *
   * @param first index of its first feature
   * @param size how many it has
   * @param matrix {@code [size, size]}, row-major, symmetric
   */
  public record Run(int first, int size, double[] matrix) {}

  /** How many features each run of a value of this width has. */
  public static int runLength(int features) {
    return features <= WHOLE ? features : RUN;
  }
}
