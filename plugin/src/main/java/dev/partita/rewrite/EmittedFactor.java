package dev.partita.rewrite;

import com.google.common.primitives.ImmutableIntArray;
import dev.partita.model.ElementType;

/**
 * A factor of a bridge that stands in the graph.
 *
 * @param kind which one
 * @param value of the region, by which {@link Bridges} knows the bridge
 * @param order features in the order in which it holds them: rows of a projection or of what a
 *     branch collects, columns of what is spread
 * @param rank R
 * @param values as they were emitted: {@code [features, R]}, or {@code [R, features]} of what is
 *     spread
 * @param name of the constant
 * @param format of its elements
 */
public record EmittedFactor(
    Kind kind,
    String value,
    ImmutableIntArray order,
    int rank,
    float[] values,
    String name,
    ElementType format) {

  /** The three factors. */
  public enum Kind {
    PROJECTION,
    COLLECT,
    SPREAD
  }

  /** Rows of the constant. */
  public int rows() {
    return kind == Kind.SPREAD ? rank : order.length();
  }

  /** Columns of the constant. */
  public int columns() {
    return kind == Kind.SPREAD ? order.length() : rank;
  }

  /** A region's weights with other elements in the place of this factor's. */
  public RegionWeights replace(RegionWeights weights, float[] with) {
    if (kind == Kind.PROJECTION) {
      return weights.with(value, with, rank);
    }
    Bridges.Exit bridge = weights.bridges().exits().get(value);
    if (bridge == null) {
      throw new IllegalArgumentException("no bridge at " + value);
    }
    boolean collects = kind == Kind.COLLECT;
    float[] natural = (collects ? bridge.collect() : bridge.spread()).clone();
    int features = natural.length / rank;
    for (int i = 0; i < order.length(); i++) {
      for (int r = 0; r < rank; r++) {
        if (collects) {
          natural[order.get(i) * rank + r] = with[i * rank + r];
        } else {
          natural[r * features + order.get(i)] = with[r * order.length() + i];
        }
      }
    }
    return weights.with(
        value,
        collects
            ? new Bridges.Exit(bridge.source(), natural, bridge.spread())
            : new Bridges.Exit(bridge.source(), bridge.collect(), natural),
        rank);
  }
}
