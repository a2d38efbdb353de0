package dev.partita.gradient;

/**
 * What a value is compared with: the same value of another model.
 *
 * @param value its name
 * @param kind how the two are compared
 * @param meanSquare of the other model's value, by which squared differences are divided
 * @param factor of this loss in the sum of all
 * @param masked whether some rows of the value do not count; an input then says which do
 */
public record Loss(String value, Kind kind, double meanSquare, double factor, boolean masked) {

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
    /** Mean of the squared difference, over the mean square of the target. */
    SQUARED
  }
}
