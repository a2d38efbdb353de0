package dev.partita.dense;

/**
 * Where features stand: an axis of a value.
 *
 * @param value its name in the graph
 * @param axis counted from the end, so that leading axes that broadcasting adds do not change it:
 *     -1 is the last
 */
public record FeatureAxis(String value, int axis) {

  /** The last axis, where nearly all features stand. */
  public static final int LAST = -1;

  public FeatureAxis {
    if (axis >= 0) {
      throw new IllegalArgumentException("axis " + axis + " is not counted from the end");
    }
  }

  /** The last axis of a value. */
  public static FeatureAxis last(String value) {
    return new FeatureAxis(value, LAST);
  }
}
