package dev.partita.repair.distillation;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableIntArray;
import dev.partita.dense.find.FeatureAxis;
import dev.partita.dense.region.Region;
import dev.partita.gradient.Loss;
import dev.partita.gradient.Scores;
import dev.partita.model.GraphIndex;
import dev.partita.rewrite.Rewriting;
import dev.partita.runtime.Batch;
import dev.partita.runtime.Tensor;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The targets of a distillation.
 *
 * @param values of the original that are targets; the rewritten model has them under the same names
 * @param closed values that hand no gradient back, so that each region learns for itself alone
 * @param outputs how many of them, from the first on, are what the model is for, and may be scores
 *     of classes; the others are intermediate values
 */
public record DistillationGoals(
    ImmutableList<String> values, ImmutableSet<String> closed, int outputs) {

  /** Rows of numbers may be other things than scores, so that their values count a little too. */
  private static final double SQUARES_OF_SCORES = 0.05;

  /** What values on the way count together, where the outputs count 1. */
  private static final double ON_THE_WAY = 1;

  /**
   * The graph outputs; of one that is a Softmax, what goes into it. And what enters each region
   * that feeds another: regions far from the outputs then learn sooner.
   */
  public static DistillationGoals ofOutputs(
      List<Region> regions, GraphIndex original, GraphIndex rewritten) {
    Set<String> values = new LinkedHashSet<>();
    for (String output : original.outputs()) {
      String scores = Scores.of(original, output);
      values.add(rewritten.producer(scores).isPresent() ? scores : output);
    }
    values.removeIf(value -> rewritten.producer(value).isEmpty());
    int outputs = values.size();
    for (Region region : regions) {
      region.entries().stream()
          .filter(entry -> rewritten.producer(entry).isPresent())
          .filter(entry -> isBehind(entry, regions, original))
          .forEach(values::add);
    }
    return new DistillationGoals(ImmutableList.copyOf(values), ImmutableSet.of(), outputs);
  }

  /** Whether a value depends on what a region makes. */
  private static boolean isBehind(String value, List<Region> regions, GraphIndex original) {
    ImmutableSet<Integer> before = original.ancestors(List.of(value));
    return regions.stream()
        .flatMap(region -> region.layers().stream())
        .anyMatch(layer -> layer.layer().nodes().stream().anyMatch(before::contains));
  }

  /** What each region hands on, and nothing behind it. */
  public static DistillationGoals ofRegions(List<Region> regions, GraphIndex rewritten) {
    Set<String> values = new LinkedHashSet<>();
    ImmutableSet.Builder<String> closed = ImmutableSet.builder();
    for (Region region : regions) {
      values.addAll(Rewriting.results(region, rewritten));
      closed.addAll(region.entries());
    }
    return new DistillationGoals(ImmutableList.copyOf(values), closed.build(), 0);
  }

  /**
   * Scores of classes are compared as such first, all else by its numbers alone.
   *
   * @param targets of a few samples
   * @param masked whether some rows of the data do not count
   */
  public ImmutableList<Loss> losses(List<Tensor> targets, Batch batch, boolean masked) {
    ImmutableList.Builder<Loss> losses = ImmutableList.builder();
    for (int i = 0; i < values.size(); i++) {
      Tensor target = targets.get(i);
      boolean scores =
          i < outputs
              && target.rank() == 2
              && target.shape().get(0) == batch.samples()
              && target.shape().get(1) > 1;
      double share = share(i);
      double meanSquare = meanSquare(values.get(i), target, batch);
      if (scores) {
        losses.add(
            new Loss(
                values.get(i),
                Loss.Kind.DIVERGENCE,
                meanSquare,
                share,
                masked && target.rank() > 1));
        share *= SQUARES_OF_SCORES;
      }
      losses.add(
          new Loss(
              values.get(i), Loss.Kind.SQUARED, meanSquare, share, masked && target.rank() > 1));
    }
    return losses.build();
  }

  private double share(int value) {
    if (outputs == 0) {
      return 1.0 / values.size();
    }
    return value < outputs ? 1.0 / outputs : ON_THE_WAY / (values.size() - outputs);
  }

  /** Over the rows that count. */
  private static double meanSquare(String name, Tensor value, Batch batch) {
    int features = value.rank() == 0 ? 1 : Math.toIntExact(value.shape().get(value.rank() - 1));
    ImmutableIntArray kept =
        value.rank() < 2 ? null : batch.mask().rows(name, value.shape(), FeatureAxis.LAST);
    int rows = kept == null ? value.elements() / Math.max(1, features) : kept.length();
    double sum = 0;
    for (int row = 0; row < rows; row++) {
      int at = (kept == null ? row : kept.get(row)) * features;
      for (int i = at; i < at + features; i++) {
        double element = value.doubleAt(i);
        sum += element * element;
      }
    }
    return sum == 0 ? 1 : sum / rows / features;
  }
}
