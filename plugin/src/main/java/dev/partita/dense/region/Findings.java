package dev.partita.dense.region;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.dense.select.LeftLayer;
import dev.partita.dense.select.Skipped;

/**
 * What was found in a model.
 *
 * @param regions what can be cut, those of the main graph first, each graph in its order
 * @param skipped every other matrix product, with its reason, in the same order, those of functions
 *     last
 * @param leftLayers the dense layers among the skipped, by node name: their form and sizes are
 *     known although they are left alone
 */
public record Findings(
    ImmutableList<Region> regions,
    ImmutableList<Skipped> skipped,
    ImmutableMap<String, LeftLayer> leftLayers) {}
