package dev.partita.rewrite;

/**
 * Recomputed weights of a block.
 *
 * @param weight {@code [ins, outs]}, row-major, with the layer's alpha already in it; the inputs
 *     and outputs stand in the order of the block
 * @param biasShift what is added to the layer's own bias, one number for each output of the block
 */
public record BlockWeights(float[] weight, float[] biasShift) {}
