package dev.partita.dense;

import dev.partita.model.GraphPath;

/**
 * A dense layer that is left alone.
 *
 * @param graph the graph that it stands in
 * @param layer the layer
 */
public record LeftLayer(GraphPath graph, DenseLayer layer) {}
