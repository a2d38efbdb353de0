package dev.partita.dense.find;

import dev.partita.model.GraphPath;

/**
 * Which node of a model a matrix product is. Names need not be unique, and may be empty.
 *
 * @param graph the graph that contains it
 * @param node index of the product node in that graph
 */
public record LayerKey(GraphPath graph, int node) {}
