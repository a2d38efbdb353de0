package dev.partita.dense.find;

/**
 * A matrix product of a graph.
 *
 * @param key which node it is
 * @param name what a person calls it
 * @param operator its operator type
 * @param match the dense layer that it is, or why it is none
 */
public record Product(LayerKey key, String name, String operator, LayerMatch match) {}
