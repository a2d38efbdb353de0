package dev.partita.partition;

import com.google.common.collect.ImmutableList;
import java.util.List;

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

  /** The mean over values of one width; the same one where there is no other. */
  static FeatureCovariance mean(List<FeatureCovariance> several) {
    FeatureCovariance first = several.get(0);
    List<FeatureCovariance> distinct = several.stream().distinct().toList();
    if (distinct.size() == 1) {
      return first;
    }
    ImmutableList.Builder<Run> runs = ImmutableList.builder();
    for (int i = 0; i < first.runs().size(); i++) {
      Run run = first.runs().get(i);
      double[] mean = new double[run.matrix().length];
      for (FeatureCovariance other : distinct) {
        double[] matrix = other.runs().get(i).matrix();
        for (int k = 0; k < mean.length; k++) {
          mean[k] += matrix[k] / distinct.size();
        }
      }
      runs.add(new Run(run.first(), run.size(), mean));
    }
    return new FeatureCovariance(runs.build());
  }
}
