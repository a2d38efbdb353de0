package dev.partita.rewrite;

import dev.partita.dense.find.Bias;
import dev.partita.dense.find.ConstantSource;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.FeatureAxis;
import dev.partita.dense.find.PackedWeight;
import dev.partita.model.Tensors;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.rewrite.ConstantEmitter.Place;
import dev.partita.rewrite.LayerEmitter.Block;
import java.util.Arrays;

/** Emits the constants of blocks, and counts weights and biases. */
final class LayerConstants {

  private final Emission emission;
  private final ConstantEmitter constants;
  private final PackedEmitter packed;
  private long parameters;

  LayerConstants(Emission emission, ConstantEmitter constants) {
    this.emission = emission;
    this.constants = constants;
    this.packed = new PackedEmitter(emission, constants);
  }

  /** Weights and biases emitted so far. */
  long parameters() {
    return parameters;
  }

  /** Gives a node the constants of a block whose weights share bytes, scales and zero points. */
  void packed(Place place, Block block, PackedWeight weight, NodeProto.Builder node) {
    parameters += (long) block.ins().length * block.outs().length;
    packed.emit(place, weight, block.ins(), block.outs(), node);
    if (block.layer().bias() != null) {
      node.setInput(block.layer().form().biasInput(), bias(place, block));
    }
  }

  /** The weight of a block, stored as the original's is. */
  String weight(Place place, Block block) {
    DenseLayer layer = block.layer();
    ConstantSource source = layer.weight().source();
    int ins = block.ins().length;
    int outs = block.outs().length;
    parameters += (long) ins * outs;
    boolean outFirst = layer.operands().outFirst();
    int matrix = layer.operands().matrixAxis(source.rank());
    BlockWeights recomputed = block.weights();
    if (recomputed != null) {
      long[] dims = weightDims(block);
      float[] values = (outFirst ? recomputed.weight().transposed() : recomputed.weight()).values();
      return constants.recomputed(place, source, values, dims);
    }
    int[][] selection = new int[source.rank()][];
    selection[matrix] = outFirst ? block.outs() : block.ins();
    selection[matrix + 1] = outFirst ? block.ins() : block.outs();
    return constants.part(place, source, Arrays.asList(selection));
  }

  /** The shape of that weight. */
  static long[] weightDims(Block block) {
    DenseLayer layer = block.layer();
    boolean outFirst = layer.operands().outFirst();
    long[] dims = new long[layer.weight().source().rank()];
    Arrays.fill(dims, 1);
    int matrix = layer.operands().matrixAxis(dims.length);
    dims[matrix] = outFirst ? block.outs().length : block.ins().length;
    dims[matrix + 1] = outFirst ? block.ins().length : block.outs().length;
    return dims;
  }

  /** Cuts the constants of a product node that have a number for each output, except its weight. */
  void perOutput(Place place, Block block, NodeProto.Builder node) {
    for (int input : block.layer().operands().perOutput()) {
      if (input < node.getInputCount() && !node.getInput(input).isEmpty()) {
        ConstantSource source = ConstantSource.of(emission.index(), node.getInput(input));
        if (source != null) {
          node.setInput(input, perOutput(place, block, source));
        }
      }
    }
  }

  /**
   * Goes with the features where it has as many at their axis, and is the same for all elsewhere.
   */
  private String perOutput(Place place, Block block, ConstantSource source) {
    int axis = source.rank() + block.layer().to().axis();
    if (axis < 0 || source.dim(axis) != block.layer().out()) {
      return source.value();
    }
    int[][] selection = new int[source.rank()][];
    selection[axis] = block.outs();
    return constants.part(place, source, Arrays.asList(selection));
  }

  /** The bias of a block. */
  String bias(Place place, Block block) {
    DenseLayer layer = block.layer();
    Bias bias = layer.bias();
    BlockWeights recomputed = block.weights();
    if (recomputed != null) {
      String base = bias == null ? layer.name() + "/bias" : bias.value();
      TensorProto shifted =
          BiasShift.shift(
              emission.index().model(),
              layer,
              block.outs(),
              recomputed.biasShift(),
              emission.fresh(base + block.suffix()));
      parameters += Tensors.elements(shifted.getName(), shifted);
      return emission.ownConstant(place.position(), shifted);
    }
    if (bias == null) {
      throw new IllegalStateException(layer.name() + " has no bias");
    }
    if (bias.kind() == Bias.Kind.SCALAR || bias.kind() == Bias.Kind.PER_ROW) {
      return bias.value();
    }
    int[][] selection = new int[bias.source().rank()][];
    selection[selection.length + FeatureAxis.LAST] = block.outs();
    parameters += bias.source().elements() / layer.out() * block.outs().length;
    return constants.part(place, bias.source(), Arrays.asList(selection));
  }
}
