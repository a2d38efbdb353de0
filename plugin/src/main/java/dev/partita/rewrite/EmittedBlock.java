package dev.partita.rewrite;

import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.Matrix;
import dev.partita.model.ElementType;

/**
 * A block whose recomputed weights are in the graph.
 *
 * @param layer the layer it is of
 * @param branch its branch; -1 for a whole layer
 * @param ins features of its input in the order in which it holds them
 * @param weights as they were emitted, in the order of {@code ins}
 * @param weight name of the value that the product reads
 * @param weightDims that value's shape
 * @param transposed whether it holds the outputs before the inputs
 * @param bias name of the constant that holds the bias
 * @param shiftDims the shape of one number for each output
 */
public record EmittedBlock(
    DenseLayer layer,
    int branch,
    ImmutableIntArray ins,
    BlockWeights weights,
    String weight,
    ImmutableLongArray weightDims,
    boolean transposed,
    String bias,
    ImmutableLongArray shiftDims) {

  /** The type that the layer computes in, in which both stand. */
  public ElementType format() {
    return layer.weight().source().format();
  }

  /** Other weights for the same block, their inputs in natural order where the layer is whole. */
  public BlockWeights natural(float[] weight, float[] biasShift) {
    Matrix emitted = new Matrix(ins.length(), biasShift.length, weight);
    return new BlockWeights(
        branch >= 0 ? emitted : emitted.withRows(ins.toArray(), emitted), biasShift);
  }
}
