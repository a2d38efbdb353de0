package dev.partita.dense.region;

import dev.partita.dense.find.DenseLayer;

/**
 * A dense layer in its region: an edge from its input space to its output space.
 *
 * @param layer the layer
 * @param inSpace id of the space that it reduces
 * @param outSpace id of the space that it makes
 * @param whole whether it stays whole, behind the Concat
 */
public record RegionLayer(DenseLayer layer, int inSpace, int outSpace, boolean whole) {}
