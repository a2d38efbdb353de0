package dev.partita.repair.lowrank;

import dev.partita.dense.find.Matrix;
import dev.partita.repair.leastsquares.RidgeSystem;
import dev.partita.repair.moments.Blas;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.DoublePointer;
import org.jspecify.annotations.Nullable;

/**
 * Weights that are blocks, zero outside, plus a product of two narrow matrices. Both are found in
 * turn, each for what the other leaves.
 */
final class BlocksAndFactors implements AutoCloseable {

  private static final int SUBSPACE_STEPS = 12;
  private static final int STEPS_BETWEEN = 3;

  /**
   * A block.
   *
   * @param ins its inputs, ascending
   * @param outs its outputs
   * @param weight {@code [ins, outs]}, what it has already, in no units
   */
  record Block(int[] ins, int[] outs, Matrix weight) {}

  private final LowRankProblem problem;
  private final double ridge;
  private final int rank;
  private final DoublePointer solution;
  private final DoublePointer image;
  private double[] left = new double[0];
  private double[] basis;

  private BlocksAndFactors(LowRankProblem problem, double ridge, int rank, DoublePointer solution) {
    this.problem = problem;
    this.ridge = ridge;
    this.rank = rank;
    this.solution = solution;
    this.image = problem.image(solution, problem.outputs());
    this.basis = Subspace.random(problem.outputs(), rank, new Random(rank));
    iterate(solution, image, SUBSPACE_STEPS);
  }

  /** Factors alone, for one ridge; null where rounding leaves no solution. */
  static @Nullable BlocksAndFactors of(LowRankProblem problem, double ridge, int rank) {
    DoublePointer solution = problem.solve(ridge);
    return solution == null ? null : new BlocksAndFactors(problem, ridge, rank, solution);
  }

  /** {@code [K, R]}. */
  double[] left() {
    return left;
  }

  /** {@code [N, R]}, orthonormal columns; the right factor is its transpose. */
  double[] basis() {
    return basis;
  }

  private void iterate(DoublePointer weights, DoublePointer image, int steps) {
    int inputs = problem.inputs();
    int outputs = problem.outputs();
    for (int step = 0; step < steps; step++) {
      double[] made = Subspace.times(weights, inputs, outputs, basis, rank);
      basis = Subspace.timesTransposed(image, inputs, outputs, made, rank);
      Subspace.orthonormalize(basis, outputs, rank);
    }
    left = Subspace.times(weights, inputs, outputs, basis, rank);
  }

  /**
   * Blocks for the factors, factors for the blocks, and so on; ends with blocks.
   *
   * @param afresh whether the factors begin with all that there is to be made, as if the blocks had
   *     no weights yet, instead of what the blocks leave
   * @return what to add to the weights {@code [ins, outs]} of each block
   */
  List<double[]> alternate(List<Block> blocks, int rounds, boolean afresh) {
    List<double[]> found = afresh ? without(blocks) : blocks(blocks);
    for (int round = 0; round < rounds; round++) {
      try (DoublePointer sparse = sparse(blocks, found);
          DoublePointer made = problem.image(sparse, problem.outputs());
          DoublePointer rest = less(solution, sparse);
          DoublePointer restImage = less(image, made)) {
        iterate(rest, restImage, round == 0 ? SUBSPACE_STEPS : STEPS_BETWEEN);
      }
      found = blocks(blocks);
    }
    return found;
  }

  private List<double[]> without(List<Block> blocks) {
    List<double[]> less = new ArrayList<>();
    for (Block block : blocks) {
      float[] weight = block.weight().values();
      double[] values = new double[weight.length];
      for (int at = 0; at < values.length; at++) {
        double unit = problem.unit(block.outs()[at % block.outs().length]);
        values[at] = Double.isInfinite(unit) ? 0 : -weight[at] / unit;
      }
      less.add(values);
    }
    return less;
  }

  /** What the factors leave to each block. */
  private List<double[]> blocks(List<Block> blocks) {
    double[] made;
    try (DoublePointer narrow = new DoublePointer(left);
        DoublePointer product = problem.image(narrow, rank)) {
      made = new double[left.length];
      product.get(made);
    }
    List<double[]> found = new ArrayList<>();
    for (Block block : blocks) {
      found.add(block(block, made));
    }
    return found;
  }

  private double[] block(Block block, double[] made) {
    int ins = block.ins().length;
    int outs = block.outs().length;
    double[] own = new double[ins * ins];
    double[] rest = new double[ins * outs];
    double[] gramRow = new double[problem.inputs()];
    double[] crossRow = new double[problem.outputs()];
    for (int i = 0; i < ins; i++) {
      int k = block.ins()[i];
      problem.gram().position((long) k * gramRow.length).get(gramRow, 0, gramRow.length);
      problem.cross().position((long) k * crossRow.length).get(crossRow, 0, crossRow.length);
      for (int j = i; j < ins; j++) {
        own[i * ins + j] = gramRow[block.ins()[j]];
      }
      for (int n = 0; n < outs; n++) {
        double value = crossRow[block.outs()[n]];
        for (int r = 0; r < rank; r++) {
          value -= made[k * rank + r] * basis[block.outs()[n] * rank + r];
        }
        rest[i * outs + n] = value;
      }
    }
    problem.gram().position(0);
    problem.cross().position(0);
    try (DoublePointer symmetric = new DoublePointer(own);
        DoublePointer right = new DoublePointer(rest)) {
      DoublePointer weight = RidgeSystem.solve(symmetric, right, ins, outs, ridge);
      double[] values = new double[rest.length];
      if (weight != null) {
        try (weight) {
          weight.get(values);
        }
      }
      return values;
    }
  }

  private DoublePointer sparse(List<Block> blocks, List<double[]> values) {
    int outputs = problem.outputs();
    DoublePointer all = Blas.zeros((long) problem.inputs() * outputs);
    addBlocks(all, blocks, values);
    return all;
  }

  private void addBlocks(DoublePointer all, List<Block> blocks, List<double[]> values) {
    int outputs = problem.outputs();
    double[] row = new double[outputs];
    for (int p = 0; p < blocks.size(); p++) {
      Block block = blocks.get(p);
      for (int i = 0; i < block.ins().length; i++) {
        long at = (long) block.ins()[i] * outputs;
        all.position(at).get(row, 0, outputs);
        for (int n = 0; n < block.outs().length; n++) {
          row[block.outs()[n]] += values.get(p)[i * block.outs().length + n];
        }
        all.position(at).put(row, 0, outputs);
      }
    }
    all.position(0);
  }

  /** Blocks and factors as one matrix {@code [K, N]}. The caller closes it. */
  DoublePointer dense(List<Block> blocks, List<double[]> values) {
    int outputs = problem.outputs();
    DoublePointer all = Blas.zeros((long) problem.inputs() * outputs);
    try (DoublePointer narrow = new DoublePointer(left);
        DoublePointer right = new DoublePointer(basis)) {
      Blas.multiplyTransposed(narrow, right, problem.inputs(), outputs, rank, all);
    }
    addBlocks(all, blocks, values);
    return all;
  }

  private DoublePointer less(DoublePointer from, DoublePointer what) {
    long elements = (long) problem.inputs() * problem.outputs();
    DoublePointer rest = Blas.copy(from, elements);
    Blas.subtract(what, Math.toIntExact(elements), rest);
    return rest;
  }

  @Override
  public void close() {
    solution.close();
    image.close();
  }
}
