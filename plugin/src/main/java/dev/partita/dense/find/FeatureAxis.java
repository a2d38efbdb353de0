package dev.partita.dense.find;

import org.jspecify.annotations.Nullable;

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

  // The key of maps in every command: what Java makes up for a record costs a start 10 ms.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof FeatureAxis that && axis == that.axis && value.equals(that.value);
  }

  @Override
  public int hashCode() {
    return 31 * value.hashCode() + axis;
  }

  /** The last axis of a value. */
  public static FeatureAxis last(String value) {
    return new FeatureAxis(value, LAST);
  }
}
