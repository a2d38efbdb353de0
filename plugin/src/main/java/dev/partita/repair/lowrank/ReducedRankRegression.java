package dev.partita.repair.lowrank;

import com.google.common.collect.ImmutableList;
import dev.partita.repair.lowrank.BlocksAndFactors.Block;
import dev.partita.repair.moments.Moments;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.DoublePointer;
import org.jspecify.annotations.Nullable;

/**
 * The product of two narrow matrices that explains most of what several sets of outputs lack, all
 * of the same inputs:
 *
 * <pre>
 *   min over U [K, R], V [R, N] of  sum |d - V'U'x|^2 + ridge |UV|^2
 * </pre>
 *
 * Reduced-rank regression: of the ridge solution B the part that the R directions of its outputs
 * with most variance hold, {@code U = B Q}, {@code V = Q'} with Q the first eigenvectors of {@code
 * B'GB} (Izenman, Journal of Multivariate Analysis 5, 1975), found by subspace iteration. The ridge
 * is the one that leaves the least on held-out rows. Blocks, if there are any, are recomputed with
 * the factors, in turn.
 */
final class ReducedRankRegression {

  private static final double[] LADDER = {1e-4, 1e-3, 1e-2, 1e-1, 1};
  private static final double WITHOUT_HELD_OUT = 1e-1;

  /** Blocks and factors in turn: as often as this, or as many multiplications allow. */
  private static final int MOST_ROUNDS = 20;

  private static final double MULTIPLICATIONS = 1e12;

  private ReducedRankRegression() {}

  /**
   * The two factors, and the change of the blocks that goes with them.
   *
   * @param left U {@code [K, R]}, row-major, scaled so that what it makes of the inputs varies as
   *     much as they do
   * @param right V {@code [R, N]}, row-major, one for each set of outputs
   * @param blocks added to the weights of the blocks, {@code [ins, outs]}, in their order
   */
  record Factors(double[] left, List<double[]> right, List<double[]> blocks) {}

  /**
   * Rows of one set of outputs: those to fit, and those to choose on.
   *
   * @param blocks weights that may change with the factors; their outputs are those of the set
   */
  record Sums(Moments fit, Moments heldOut, ImmutableList<Block> blocks) {}

  /**
   * Fits, about the means of the rows or about zero.
   *
   * @param sums one for each set of outputs, over the same inputs
   * @return null where nothing helps on held-out rows
   */
  static @Nullable Factors fit(List<Sums> sums, int rank, boolean aboutMeans) {
    Moments first = sums.get(0).fit();
    double unit = first.meanVariance(LowRankProblem.origin(sums, aboutMeans)) * first.rows();
    if (!(unit > 0) || first.rows() < 2) {
      return null;
    }
    boolean chooses = sums.get(0).heldOut().rows() > 0;
    double[] ladder = chooses ? LADDER : new double[] {WITHOUT_HELD_OUT};
    try (LowRankProblem fit = LowRankProblem.toFit(sums, aboutMeans);
        LowRankProblem heldOut = LowRankProblem.heldOut(sums, aboutMeans)) {
      double chosen = Double.NaN;
      double bestChange = 0;
      for (double ridge : ladder) {
        try (BlocksAndFactors found = BlocksAndFactors.of(fit, ridge * unit, rank)) {
          double change = found == null ? 0 : chooses ? change(heldOut, found) : -1;
          if (change < bestChange) {
            bestChange = change;
            chosen = ridge * unit;
          }
        }
      }
      return Double.isNaN(chosen)
          ? null
          : together(sums, fit, chooses ? heldOut : fit, chosen, rank, Math.sqrt(unit));
    }
  }

  /** Factors, and blocks with them, from two starts. */
  private static @Nullable Factors together(
      List<Sums> sums,
      LowRankProblem fit,
      LowRankProblem judge,
      double ridge,
      int rank,
      double length) {
    List<Block> blocks = blocks(sums);
    double each = (double) fit.inputs() * fit.inputs() * fit.outputs();
    int rounds =
        blocks.isEmpty() ? 0 : (int) Math.max(2, Math.min(MOST_ROUNDS, MULTIPLICATIONS / each));
    Factors best = null;
    double bestChange = Double.POSITIVE_INFINITY;
    for (boolean afresh : blocks.isEmpty() ? new boolean[] {false} : new boolean[] {false, true}) {
      try (BlocksAndFactors found = BlocksAndFactors.of(fit, ridge, rank)) {
        if (found == null) {
          continue;
        }
        List<double[]> changes = found.alternate(blocks, rounds, afresh);
        double change = change(judge, found, blocks, changes);
        if (change < bestChange) {
          bestChange = change;
          best = scaled(sums, fit, found, blocks, changes, length);
        }
      }
    }
    return best;
  }

  private static double change(LowRankProblem heldOut, BlocksAndFactors found) {
    return change(heldOut, found, List.of(), List.of());
  }

  private static double change(
      LowRankProblem heldOut, BlocksAndFactors found, List<Block> blocks, List<double[]> changes) {
    try (DoublePointer dense = found.dense(blocks, changes)) {
      return heldOut.change(dense);
    }
  }

  private static List<Block> blocks(List<Sums> sums) {
    List<Block> blocks = new ArrayList<>();
    int column = 0;
    for (Sums set : sums) {
      for (Block block : set.blocks()) {
        int[] outs = block.outs().clone();
        for (int n = 0; n < outs.length; n++) {
          outs[n] += column;
        }
        blocks.add(new Block(block.ins(), outs, block.weight()));
      }
      column += set.fit().outputs();
    }
    return blocks;
  }

  private static Factors scaled(
      List<Sums> sums,
      LowRankProblem problem,
      BlocksAndFactors found,
      List<Block> blocks,
      List<double[]> changes,
      double length) {
    double[] left = found.left().clone();
    int rank = left.length / problem.inputs();
    double[] lengths = Subspace.lengths(problem.gram(), problem.inputs(), left, rank);
    for (int at = 0; at < left.length; at++) {
      double own = lengths[at % rank];
      left[at] *= own > 0 ? length / own : 0;
    }
    List<double[]> right = new ArrayList<>();
    int column = 0;
    for (Sums set : sums) {
      int outputs = set.fit().outputs();
      double[] part = new double[rank * outputs];
      for (int n = 0; n < outputs; n++) {
        for (int r = 0; r < rank; r++) {
          double value = found.basis()[(column + n) * rank + r] * lengths[r] / length;
          part[r * outputs + n] = inUnits(problem, column + n, value);
        }
      }
      right.add(part);
      column += outputs;
    }
    List<double[]> added = new ArrayList<>();
    for (int p = 0; p < blocks.size(); p++) {
      int[] outs = blocks.get(p).outs();
      double[] change = changes.get(p).clone();
      for (int at = 0; at < change.length; at++) {
        change[at] = inUnits(problem, outs[at % outs.length], change[at]);
      }
      added.add(change);
    }
    return new Factors(left, right, added);
  }

  private static double inUnits(LowRankProblem problem, int output, double value) {
    double unit = problem.unit(output);
    return Double.isInfinite(unit) ? 0 : value * unit;
  }
}
