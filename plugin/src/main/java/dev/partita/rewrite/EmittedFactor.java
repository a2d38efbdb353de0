package dev.partita.rewrite;

import com.google.common.primitives.ImmutableIntArray;
import dev.partita.dense.find.Matrix;
import dev.partita.model.ElementType;

/**
 * A factor of a bridge in the graph.
 *
 * @param kind which one
 * @param value of the region, by which {@link Bridges} knows the bridge
 * @param order features in the order in which it holds them: rows of a projection or of what a
 *     branch collects, columns of what is spread
 * @param values as they were emitted: {@code [features, R]}, or {@code [R, features]} of what is
 *     spread
 * @param name of the constant
 * @param format of its elements
 */
public record EmittedFactor(
    Kind kind,
    String value,
    ImmutableIntArray order,
    Matrix values,
    String name,
    ElementType format) {

  /** The three factors. */
  public enum Kind {
    PROJECTION,
    COLLECT,
    SPREAD
  }

  /** A region's weights with this factor's elements replaced. */
  public RegionWeights replace(RegionWeights weights, float[] elements) {
    Matrix with = new Matrix(values.rows(), values.columns(), elements);
    if (kind == Kind.PROJECTION) {
      return weights.with(value, with, with.columns());
    }
    Bridges.Exit bridge = weights.bridges().exits().get(value);
    if (bridge == null) {
      throw new IllegalArgumentException("no bridge at " + value);
    }
    int[] places = order.toArray();
    return kind == Kind.COLLECT
        ? weights.with(
            value,
            new Bridges.Exit(
                bridge.source(), bridge.collect().withRows(places, with), bridge.spread()),
            with.columns())
        : weights.with(
            value,
            new Bridges.Exit(
                bridge.source(), bridge.collect(), bridge.spread().withColumns(places, with)),
            with.rows());
  }
}
