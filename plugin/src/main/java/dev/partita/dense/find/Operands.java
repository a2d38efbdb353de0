package dev.partita.dense.find;

import com.google.common.collect.ImmutableList;

/**
 * Which inputs of a product node are what. All that are not named here are taken over as they are.
 *
 * @param activation index of the input that the layer reduces
 * @param weight index of the constant matrix
 * @param outFirst whether the node wants the matrix as {@code [out, in]}
 * @param trailing how many axes of size 1 the node wants behind the matrix
 * @param perOutput indices of inputs that may hold something for each output feature: lists of one
 *     number for each, or constants that broadcast to the result
 */
public record Operands(
    int activation, int weight, boolean outFirst, int trailing, ImmutableList<Integer> perOutput) {

  /** {@code X . W}. */
  static final Operands PLAIN = new Operands(0, 1, false, 0, ImmutableList.of());

  /** {@code X . W'}, W stored by output features. */
  static final Operands OUT_FIRST = new Operands(0, 1, true, 0, ImmutableList.of());

  /** {@code W' . X}: the matrix is on the left. */
  static final Operands LEFT = new Operands(1, 0, true, 0, ImmutableList.of());

  /** The axis at which the matrix begins in an operand of a rank; negative where it has too few. */
  public int matrixAxis(int rank) {
    return rank - 2 - trailing;
  }
}
