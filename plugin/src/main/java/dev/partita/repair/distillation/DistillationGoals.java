package dev.partita.repair.distillation;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.partita.dense.region.Region;
import dev.partita.gradient.Loss;
import dev.partita.gradient.Scores;
import dev.partita.model.GraphIndex;
import dev.partita.rewrite.Rewriting;
import dev.partita.verify.ReadAs;
import dev.partita.verify.Reading;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The targets of a distillation.
 *
 * @param values of the original that are targets; the rewritten model has them under the same names
 * @param closed values that hand no gradient back, so that each region learns for itself alone
 * @param outputs how those of them, from the first on, are read that are what the model is for; the
 *     others are intermediate values
 */
public record DistillationGoals(
    ImmutableList<String> values, ImmutableSet<String> closed, ImmutableList<Reading> outputs) {

  /** Rows of numbers may be other things than scores, so that their values count a little too. */
  private static final double SQUARES_OF_SCORES = 0.05;

  /** What values on the way count together, where the outputs count 1. */
  private static final double ON_THE_WAY = 1;

  /**
   * The graph outputs; of scores that a Softmax makes, what goes into it. And what enters each
   * region that feeds another: regions far from the outputs then learn sooner. Class numbers have
   * no gradient, so they are left out next to anything else.
   *
   * @param readings how the outputs are read
   */
  public static DistillationGoals ofOutputs(
      List<Region> regions,
      GraphIndex original,
      GraphIndex rewritten,
      Map<String, Reading> readings) {
    Map<String, Reading> read = new LinkedHashMap<>();
    for (String output : original.outputs()) {
      Reading reading = readings.get(output);
      if (reading != null) {
        String scores = isOfScores(reading, true) ? Scores.of(original, output) : output;
        read.putIfAbsent(rewritten.producer(scores).isPresent() ? scores : output, reading);
      }
    }
    read.keySet().removeIf(value -> rewritten.producer(value).isEmpty());
    if (read.values().stream().anyMatch(reading -> reading.as() != ReadAs.CLASSES)) {
      read.values().removeIf(reading -> reading.as() == ReadAs.CLASSES);
    }
    Set<String> values = new LinkedHashSet<>(read.keySet());
    for (Region region : regions) {
      region.entries().stream()
          .filter(entry -> rewritten.producer(entry).isPresent())
          .filter(entry -> isBehind(entry, regions, original))
          .forEach(values::add);
    }
    return new DistillationGoals(
        ImmutableList.copyOf(values), ImmutableSet.of(), ImmutableList.copyOf(read.values()));
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
    return new DistillationGoals(ImmutableList.copyOf(values), closed.build(), ImmutableList.of());
  }

  /** Whether some output may be scores or values, so that either may be the better goal. */
  public boolean areOpen() {
    return outputs.stream().anyMatch(reading -> reading.as() == ReadAs.UNDECIDED);
  }

  /** The outputs whose numbers count, with their readings; empty where all are scores. */
  public ImmutableMap<String, Reading> measured() {
    ImmutableMap.Builder<String, Reading> measured = ImmutableMap.builder();
    if (outputs.stream().anyMatch(reading -> reading.as() != ReadAs.SCORES)) {
      for (int i = 0; i < outputs.size(); i++) {
        measured.put(values.get(i), outputs.get(i));
      }
    }
    return measured.buildOrThrow();
  }

  /**
   * Scores of classes are compared as such first, values by what remains unexplained of each
   * column, and what is on the way by its numbers alone.
   *
   * @param targets of a few samples
   * @param masked whether some rows of the data do not count
   * @param openAsScores whether outputs that may be either are taken for scores
   */
  public ImmutableList<Loss> losses(TargetMoments targets, boolean masked, boolean openAsScores) {
    ImmutableList.Builder<Loss> losses = ImmutableList.builder();
    for (int i = 0; i < values.size(); i++) {
      String value = values.get(i);
      boolean rows = masked && targets.rank(value) > 1;
      double share = share(i);
      double meanSquare = targets.meanSquare(value);
      if (i >= outputs.size()) {
        losses.add(new Loss(value, Loss.Kind.SQUARED, meanSquare, share, rows));
        continue;
      }
      Reading reading = outputs.get(i);
      if (!isOfScores(reading, openAsScores)) {
        losses.add(
            new Loss(
                value,
                Loss.Kind.SQUARED,
                meanSquare,
                share,
                rows,
                targets.columns(value, reading.axis())));
      } else if (reading.axis() == targets.rank(value) - 1 && targets.rank(value) > 1) {
        losses.add(new Loss(value, Loss.Kind.DIVERGENCE, meanSquare, share, rows));
        losses.add(new Loss(value, Loss.Kind.SQUARED, meanSquare, share * SQUARES_OF_SCORES, rows));
      } else {
        losses.add(new Loss(value, Loss.Kind.SQUARED, meanSquare, share, rows));
      }
    }
    return losses.build();
  }

  private static boolean isOfScores(Reading reading, boolean openAsScores) {
    return reading.as() == ReadAs.SCORES || (reading.as() == ReadAs.UNDECIDED && openAsScores);
  }

  private double share(int value) {
    if (outputs.isEmpty()) {
      return 1.0 / values.size();
    }
    return value < outputs.size()
        ? 1.0 / outputs.size()
        : ON_THE_WAY / (values.size() - outputs.size());
  }
}
