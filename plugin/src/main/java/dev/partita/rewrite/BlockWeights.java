package dev.partita.rewrite;

import dev.partita.dense.find.Matrix;

/**
 * Recomputed weights of a block.
 *
 * @param weight {@code [ins, outs]}, with the layer's alpha already in it; the inputs and outputs
 *     are in the order of the block
 * @param biasShift what is added to the layer's own bias, one number for each output of the block
 */
public record BlockWeights(Matrix weight, float[] biasShift) {}
