package dev.partita.dense.region;

import dev.partita.dense.find.DenseLayer;

/**
 * A dense layer in its region: an edge from its input space to its output space.
 *
 * @param layer the layer
 * @param inSpace id of the space that it reduces
 * @param outSpace id of the space that it makes
 * @param whole whether it stays whole, behind the Concat
 * @param shared whether other layers that are cut read the same stored weight in the same way, so
 *     that all of them have one plan, one repair and one set of blocks
 */
public record RegionLayer(
    DenseLayer layer, int inSpace, int outSpace, boolean whole, boolean shared) {}
