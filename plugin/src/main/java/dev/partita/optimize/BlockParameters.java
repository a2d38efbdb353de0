package dev.partita.optimize;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.Region;
import dev.partita.dense.RegionLayer;
import dev.partita.gradient.Parameter;
import dev.partita.rewrite.BlockWeights;
import dev.partita.rewrite.EmittedBlock;
import dev.partita.rewrite.RegionWeights;
import dev.partita.runtime.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The weights of emitted blocks as parameters of a training graph, two for each block, and back:
 * its weight as it is, and what is added to its bias.
 */
final class BlockParameters {

  private BlockParameters() {}

  /** Where the parameters stand in the graph. */
  static List<Parameter> parameters(List<EmittedBlock> blocks) {
    List<Parameter> parameters = new ArrayList<>();
    for (EmittedBlock block : blocks) {
      int outs = block.weights().biasShift().length;
      parameters.add(
          Parameter.weight(
              block.weight(),
              block.ins().length(),
              outs,
              block.transposed(),
              block.weightDims(),
              block.format()));
      parameters.add(Parameter.shift(block.bias(), outs, block.shiftDims(), block.format()));
    }
    return parameters;
  }

  /** Weights as they are, and nothing added to the biases. */
  static List<Tensor> start(List<EmittedBlock> blocks) {
    List<Tensor> start = new ArrayList<>();
    for (EmittedBlock block : blocks) {
      int outs = block.weights().biasShift().length;
      start.add(Tensor.of(block.weights().weight(), block.ins().length(), outs));
      start.add(Tensor.of(new float[outs], outs));
    }
    return start;
  }

  /** Gives the regions the weights that parameters say. */
  static void activate(
      Rewriting rewriting, List<EmittedBlock> blocks, ImmutableList<float[]> parameters) {
    Map<Integer, List<BlockWeights>> byLayer = new LinkedHashMap<>();
    for (int i = 0; i < blocks.size(); i++) {
      EmittedBlock block = blocks.get(i);
      float[] shift = block.weights().biasShift().clone();
      float[] added = parameters.get(2 * i + 1);
      for (int n = 0; n < shift.length; n++) {
        shift[n] += added[n];
      }
      byLayer
          .computeIfAbsent(block.layer().nodes().get(0), node -> new ArrayList<>())
          .add(block.natural(parameters.get(2 * i), shift));
    }
    for (Region region : rewriting.active()) {
      RegionWeights weights = rewriting.weights(region);
      for (RegionLayer layer : region.layers()) {
        List<BlockWeights> found =
            region.graph().isMain() ? byLayer.get(layer.layer().nodes().get(0)) : null;
        if (found != null) {
          weights = weights.with(layer.layer(), found.toArray(BlockWeights[]::new));
        }
      }
      rewriting.distil(region, weights);
    }
  }
}
