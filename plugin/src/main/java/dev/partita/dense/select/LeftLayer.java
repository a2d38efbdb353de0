package dev.partita.dense.select;

import dev.partita.dense.find.DenseLayer;
import dev.partita.model.GraphPath;

/**
 * A dense layer that is left alone.
 *
 * @param graph the graph that it stands in
 * @param layer the layer
 */
public record LeftLayer(GraphPath graph, DenseLayer layer) {}
