package dev.partita.gradient;

import com.google.common.collect.ImmutableList;
import org.jspecify.annotations.Nullable;

/**
 * What a value is compared with: the same value of another model.
 *
 * @param value its name
 * @param kind how the two are compared
 * @param meanSquare of the other model's value, by which squared differences are divided
 * @param factor of this loss in the sum of all
 * @param masked whether some rows of the value do not count; an input then says which do
 * @param columns of a squared difference, by what each is divided in place of the mean square; null
 *     where all columns are alike
 */
public record Loss(
    String value,
    Kind kind,
    double meanSquare,
    double factor,
    boolean masked,
    @Nullable Columns columns) {

  /**
   * What the squared differences of each column are divided by.
   *
   * @param axis of the columns, from the front
   * @param divisors one for each, above 0
   */
  public record Columns(int axis, ImmutableList<Double> divisors) {}

  /** A loss whose columns are alike. */
  public Loss(String value, Kind kind, double meanSquare, double factor, boolean masked) {
    this(value, kind, meanSquare, factor, masked, null);
  }

  /** A loss that all rows count in. */
  public Loss(String value, Kind kind, double meanSquare, double factor) {
    this(value, kind, meanSquare, factor, false);
  }

  /** How a value and its target are compared. */
  public enum Kind {
    /**
     * Kullback-Leibler divergence of the softmax over the last axis, from target to value, at
     * temperature {@value LossEmitter#TEMPERATURE} and times its square (Hinton, Vinyals and Dean,
     * arXiv 1503.02531), per row.
     */
    DIVERGENCE,
    /** Mean of the squared difference, over the mean square of the target or its columns' own. */
    SQUARED
  }
}
