package dev.partita.partition;

import dev.partita.dense.find.WeightMatrix;
import dev.partita.workers.Workers;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Importance of the weights of one layer: {@code |W_kn| * rms(x_k)}, scaled so that its mean is 1
 * and layers of different units can be added up. Never held as a matrix: every sum is one pass over
 * the stored weights ({@link StoredSums}).
 */
public final class LayerImportance {

  private final WeightMatrix weight;
  private final StoredSums sums;

  /** Of all weights, before scaling; not a number until the first pass. */
  private double total = Double.NaN;

  private boolean summed;

  /**
   * The importance of a layer's weights, which are not read yet.
   *
   * @param inputScale rms of each input, length K; null for all alike
   */
  LayerImportance(WeightMatrix weight, float @Nullable [] inputScale, Workers workers) {
    this.weight = weight;
    float[] inputs = inputScale == null ? ones(weight.in()) : inputScale.clone();
    float[] outputs = ones(weight.out());
    this.sums =
        new StoredSums(
            weight, weight.ofRows(inputs, outputs), weight.ofColumns(inputs, outputs), workers);
  }

  private static float[] ones(int count) {
    float[] ones = new float[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  /** Whether all weights are numbers. */
  public boolean isFinite() {
    if (!summed) {
      inputSums(new int[weight.out()], 1);
    }
    return Double.isFinite(total);
  }

  /** The weights themselves. */
  WeightMatrix weight() {
    return weight;
  }

  /** The number of weights. */
  long weights() {
    return (long) weight.in() * weight.out();
  }

  /** The share of importance on weights whose input and output have the same owner. */
  double retained(int[] inOwners, int[] outOwners) {
    int branches =
        1
            + Math.max(
                Arrays.stream(inOwners).max().orElse(0), Arrays.stream(outOwners).max().orElse(0));
    return share(inputSums(outOwners, branches), inOwners, branches);
  }

  /** Likewise, from sums for features (inputs or outputs) whose owners these are. */
  double share(double[] sumsOfFeatures, int[] owners, int branches) {
    double kept = 0;
    for (int feature = 0; feature < owners.length; feature++) {
      kept += sumsOfFeatures[feature * branches + owners[feature]];
    }
    return scale() == 0 ? 1 : kept * scale() / weights();
  }

  /** What sums are multiplied by to be importance; only after the first of them. */
  double scale() {
    return total > 0 ? weights() / total : 0;
  }

  /**
   * Adds to {@code scores[k * branches + p]} the importance that input k has to the outputs of
   * branch p.
   */
  void addInputScores(int[] outOwners, int branches, double[] scores) {
    add(inputSums(outOwners, branches), scores);
  }

  /** Adds sums as importance. */
  void add(double[] sumsOfFeatures, double[] scores) {
    double scale = scale();
    for (int i = 0; i < scores.length; i++) {
      scores[i] += scale * sumsOfFeatures[i];
    }
  }

  /** {@code [K * branches]}: what each input has to the outputs of each branch, before scaling. */
  double[] inputSums(int[] outOwners, int branches) {
    return noted(sums(weight.ofRows(true, false), outOwners, branches));
  }

  /** {@code [N * branches]}: likewise for each output and the inputs of each branch. */
  double[] outputSums(int[] inOwners, int branches) {
    return noted(sums(weight.ofRows(false, true), inOwners, branches));
  }

  private double[] sums(boolean rows, int[] owners, int branches) {
    return rows ? sums.byRow(owners, branches) : sums.byColumn(owners, branches);
  }

  /** Brings {@link #inputSums} up to date where outputs have other owners than before. */
  void moveOutputs(int[] before, int[] after, int branches, double[] inputSums) {
    move(weight.ofRows(false, true), before, after, branches, inputSums);
  }

  /** Brings {@link #outputSums} up to date where inputs have other owners than before. */
  void moveInputs(int[] before, int[] after, int branches, double[] outputSums) {
    move(weight.ofRows(true, false), before, after, branches, outputSums);
  }

  private void move(boolean rows, int[] before, int[] after, int branches, double[] into) {
    if (rows) {
      sums.moveRows(before, after, branches, into);
    } else {
      sums.moveColumns(before, after, branches, into);
    }
  }

  /** The first sums of any kind give their total: reading is what takes the time. */
  private double[] noted(double[] sumsOfFeatures) {
    if (!summed) {
      total = Arrays.stream(sumsOfFeatures).sum();
      summed = true;
    }
    return sumsOfFeatures;
  }
}
