package dev.partita.partition;

import org.jspecify.annotations.Nullable;

/**
 * What the features of one layer are worth to each branch, kept up to date while owners change:
 * where few have changed only those are summed again.
 */
final class LayerScores {

  /** Moving a feature costs two additions where summing all afresh costs one each. */
  private static final int FRESH = 3;

  private final LayerImportance importance;
  private final int branches;
  private double @Nullable [] ofInputs;
  private double @Nullable [] ofOutputs;
  private int[] outOwners = {};
  private int[] inOwners = {};

  LayerScores(LayerImportance importance, int branches) {
    this.importance = importance;
    this.branches = branches;
  }

  /** Adds to {@code scores[k * branches + p]} what input k is worth to branch p. */
  void addInputScores(int[] owners, double[] scores) {
    importance.add(inputs(owners), scores);
  }

  /** Adds to {@code scores[n * branches + p]} what output n is worth to branch p. */
  void addOutputScores(int[] owners, double[] scores) {
    importance.add(outputs(owners), scores);
  }

  /** The share of importance that an assignment keeps. */
  double retained(int[] ins, int[] outs) {
    // Whichever sums are less out of date.
    boolean byInputs =
        ofOutputs == null
            || (ofInputs != null && changed(outOwners, outs) < changed(inOwners, ins));
    return byInputs
        ? importance.share(inputs(outs), ins, branches)
        : importance.share(outputs(ins), outs, branches);
  }

  private static int changed(int[] before, int[] after) {
    return StoredSums.moved(before, after).length;
  }

  private double[] inputs(int[] owners) {
    double[] sums = ofInputs;
    int changed = sums == null ? owners.length : changed(outOwners, owners);
    if (sums == null || changed > owners.length / FRESH) {
      sums = importance.inputSums(owners, branches);
    } else if (changed > 0) {
      importance.moveOutputs(outOwners, owners, branches, sums);
    }
    ofInputs = sums;
    outOwners = owners.clone();
    return sums;
  }

  private double[] outputs(int[] owners) {
    double[] sums = ofOutputs;
    int changed = sums == null ? owners.length : changed(inOwners, owners);
    if (sums == null || changed > owners.length / FRESH) {
      sums = importance.outputSums(owners, branches);
    } else if (changed > 0) {
      importance.moveInputs(inOwners, owners, branches, sums);
    }
    ofOutputs = sums;
    inOwners = owners.clone();
    return sums;
  }
}
