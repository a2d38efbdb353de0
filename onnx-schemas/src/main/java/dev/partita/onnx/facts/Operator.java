package dev.partita.onnx.facts;

/**
 * What is known of an operator.
 *
 * @param name its type
 * @param domain whose it is
 * @param fewestInputs so many inputs must be there and named, whatever the version; 0 where that is
 *     not known. Optional ones come after those
 * @param mostInputs with more, a node does something that is not known here
 * @param mostOutputs the most outputs that it can have; a large number where that is not known
 * @param features what becomes of features
 * @param rank how many axes the first output has
 * @param isDifferentiable whether gradients go through it; false is a gap that a test lists
 */
public record Operator(
    String name,
    Domain domain,
    int fewestInputs,
    int mostInputs,
    int mostOutputs,
    Features features,
    Rank rank,
    boolean isDifferentiable) {

  /** Whether it is a matrix product, which must be accounted for. */
  public boolean isProduct() {
    return features == Features.PRODUCT;
  }

  /** Whether the axes of the first operand but the last are those of the result. */
  public boolean keepsRows() {
    return features != Features.MOVED && features != Features.REGROUPED;
  }

  /** Whether each element of the result depends on one element of the first input alone. */
  public boolean isElementwise() {
    return features == Features.ELEMENTWISE;
  }

  /**
   * Whether each element of the result depends on one element of each input, repeated as need be.
   */
  public boolean isBroadcast() {
    return features == Features.BROADCAST || features == Features.SLOPED;
  }

  /** Whose operator it is. */
  public enum Domain {
    /** The standard's. */
    STANDARD,
    /** ONNX Runtime's own. */
    MICROSOFT,
    /** There are two of the name, which do the same. */
    BOTH
  }

  /** How the first output's features depend on those of the inputs. */
  public enum Features {
    /** Each on several, or in a way that is not known. */
    MIXED,
    /** Each on the first input at the same place; every further input is one number for all. */
    ELEMENTWISE,
    /** Each on all inputs at the same place, which are broadcast as numpy does. */
    BROADCAST,
    /** Likewise, where the first input is computed. */
    SLOPED,
    /** Each on the first input at the same place, further inputs being constants that broadcast. */
    BIASED,
    /** Likewise, further inputs being a number or a list along the axis that an attribute names. */
    SCALED,
    /** Likewise, further inputs being lists along the second axis. */
    NORMALIZED,
    /** None changes; their axis, or other axes, do. */
    MOVED,
    /** Some are taken, repeated or joined, or several become one, along any axis. */
    REGROUPED,
    /** Each on all features of a row. */
    PRODUCT,
    /** One row of scores becomes another, or the best of it: a classifier ends in it. */
    SCORES
  }

  /** How many axes the first output has. */
  public enum Rank {
    UNKNOWN,
    /** As many as the first input. */
    FIRST,
    /** As many as the input that has most. */
    BROADCAST,
    /** Two. */
    MATRIX,
    /** A matrix product of the first two inputs. */
    PRODUCT,
    /** A matrix product of the first and the fourth input. */
    SCALED_PRODUCT,
    /** As many as its permutation has, or the first input. */
    PERMUTATION,
    /** As many as its new shape has. */
    SHAPE
  }
}
