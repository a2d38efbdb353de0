package dev.partita.optimize;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.partita.dense.Region;
import dev.partita.gradient.Loss;
import dev.partita.gradient.Scores;
import dev.partita.model.GraphIndex;
import dev.partita.runtime.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What the rewritten model is held against while it is distilled.
 *
 * @param values of the original that are targets; the rewritten model has them under the same names
 * @param closed values that hand no gradient back, so that each region learns for itself alone
 */
record DistillationGoals(ImmutableList<String> values, ImmutableSet<String> closed) {

  /** The graph outputs; of one that is a Softmax, what goes into it. */
  static DistillationGoals ofOutputs(GraphIndex original, GraphIndex rewritten) {
    List<String> values = new ArrayList<>();
    for (String output : original.outputs()) {
      String scores = Scores.of(original, output);
      values.add(rewritten.producer(scores).isPresent() ? scores : output);
    }
    return new DistillationGoals(
        values.stream()
            .filter(value -> rewritten.producer(value).isPresent())
            .distinct()
            .collect(ImmutableList.toImmutableList()),
        ImmutableSet.of());
  }

  /** What each region hands on, and nothing behind it. */
  static DistillationGoals ofRegions(List<Region> regions, GraphIndex rewritten) {
    Set<String> values = new LinkedHashSet<>();
    ImmutableSet.Builder<String> closed = ImmutableSet.builder();
    for (Region region : regions) {
      values.addAll(RegionErrors.results(region, rewritten));
      closed.addAll(region.entries());
    }
    return new DistillationGoals(ImmutableList.copyOf(values), closed.build());
  }

  /** Scores of classes are compared as such, all else by its numbers. */
  static ImmutableList<Loss> losses(List<String> values, List<Tensor> targets, int samples) {
    ImmutableList.Builder<Loss> losses = ImmutableList.builder();
    for (int i = 0; i < values.size(); i++) {
      Tensor target = targets.get(i);
      boolean scores =
          target.rank() == 2 && target.shape().get(0) == samples && target.shape().get(1) > 1;
      losses.add(
          new Loss(
              values.get(i),
              scores ? Loss.Kind.DIVERGENCE : Loss.Kind.SQUARED,
              meanSquare(target),
              1.0 / values.size()));
    }
    return losses.build();
  }

  private static double meanSquare(Tensor value) {
    double sum = 0;
    for (int i = 0; i < value.elements(); i++) {
      double element = value.doubleAt(i);
      sum += element * element;
    }
    return sum == 0 ? 1 : sum / value.elements();
  }
}
