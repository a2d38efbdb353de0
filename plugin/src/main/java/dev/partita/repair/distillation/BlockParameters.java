package dev.partita.repair.distillation;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.dense.find.Matrix;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.gradient.Parameter;
import dev.partita.rewrite.BlockWeights;
import dev.partita.rewrite.EmittedBlock;
import dev.partita.rewrite.EmittedFactor;
import dev.partita.rewrite.RegionRewrite;
import dev.partita.rewrite.RegionWeights;
import dev.partita.rewrite.Rewriting;
import dev.partita.runtime.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The weights of emitted blocks as parameters of a training graph, two for each block, and back:
 * its weight as it is, and what is added to its bias. Behind them the factors of bridges.
 *
 * @param rewrites regions of the main graph
 * @param blocks of all of them
 */
public record BlockParameters(
    ImmutableList<RegionRewrite> rewrites, ImmutableList<EmittedBlock> blocks) {

  public static BlockParameters of(List<RegionRewrite> rewrites) {
    ImmutableList<RegionRewrite> main =
        rewrites.stream()
            .filter(rewrite -> rewrite.region().graph().isMain())
            .collect(ImmutableList.toImmutableList());
    return new BlockParameters(
        main,
        main.stream()
            .flatMap(rewrite -> rewrite.blocks().stream())
            .collect(ImmutableList.toImmutableList()));
  }

  private List<EmittedFactor> factors() {
    return rewrites.stream().flatMap(rewrite -> rewrite.factors().stream()).toList();
  }

  /**
   * The parameters of a block.
   *
   * @param first the first block that reads the same weight: the block itself, or another one
   * @param weight which parameter is the weight of the first one
   * @param shift which parameter is added to the bias
   */
  private record Place(EmittedBlock first, int weight, int shift) {}

  /** The parameters of each block; blocks that read one weight have one. */
  private List<Place> places() {
    Map<String, Place> firsts = new HashMap<>();
    List<Place> places = new ArrayList<>();
    int next = 0;
    for (EmittedBlock block : blocks) {
      Place first = firsts.get(block.weight());
      if (first == null) {
        first = new Place(block, next, next + 1);
        firsts.put(block.weight(), first);
        places.add(first);
        next += 2;
      } else {
        places.add(new Place(first.first(), first.weight(), next++));
      }
    }
    return places;
  }

  /** The places of the parameters in the graph. */
  public List<Parameter> parameters() {
    List<Parameter> parameters = new ArrayList<>();
    List<Place> places = places();
    for (int i = 0; i < blocks.size(); i++) {
      EmittedBlock block = blocks.get(i);
      int outs = block.weights().biasShift().length;
      if (places.get(i).weight() == parameters.size()) {
        parameters.add(
            Parameter.weight(
                block.weight(),
                block.ins().length(),
                outs,
                block.transposed(),
                block.weightDims(),
                block.format()));
      }
      parameters.add(Parameter.shift(block.bias(), outs, block.shiftDims(), block.format()));
    }
    for (EmittedFactor factor : factors()) {
      parameters.add(
          Parameter.weight(
              factor.name(),
              factor.values().rows(),
              factor.values().columns(),
              false,
              ImmutableLongArray.of(factor.values().rows(), factor.values().columns()),
              factor.format()));
    }
    return parameters;
  }

  /** Weights as they are, and nothing added to the biases. */
  public List<Tensor> start() {
    List<Tensor> start = new ArrayList<>();
    List<Place> places = places();
    for (int i = 0; i < blocks.size(); i++) {
      EmittedBlock block = blocks.get(i);
      int outs = block.weights().biasShift().length;
      if (places.get(i).weight() == start.size()) {
        start.add(tensor(block.weights().weight()));
      }
      start.add(Tensor.of(new float[outs], outs));
    }
    for (EmittedFactor factor : factors()) {
      start.add(tensor(factor.values()));
    }
    return start;
  }

  private static Tensor tensor(Matrix matrix) {
    return Tensor.of(matrix.values(), matrix.rows(), matrix.columns());
  }

  /** The weight of a block, given that of the first one that reads the same tensor. */
  private static float[] weight(EmittedBlock block, EmittedBlock first, float[] values) {
    return block.transposed() == first.transposed()
        ? values
        : new Matrix(first.ins().length(), values.length / first.ins().length(), values)
            .transposed()
            .values();
  }

  /** A rewriting whose regions have the weights that parameters say. */
  public Rewriting in(Rewriting rewriting, ImmutableList<float[]> parameters) {
    Map<Integer, List<BlockWeights>> byLayer = new LinkedHashMap<>();
    List<Place> places = places();
    for (int i = 0; i < blocks.size(); i++) {
      EmittedBlock block = blocks.get(i);
      Place place = places.get(i);
      float[] shift = block.weights().biasShift().clone();
      float[] added = parameters.get(place.shift());
      for (int n = 0; n < shift.length; n++) {
        shift[n] += added[n];
      }
      byLayer
          .computeIfAbsent(block.layer().nodes().get(0), node -> new ArrayList<>())
          .add(block.natural(weight(block, place.first(), parameters.get(place.weight())), shift));
    }
    Rewriting distilled = rewriting;
    int next = places.isEmpty() ? 0 : places.get(places.size() - 1).shift() + 1;
    for (RegionRewrite rewrite : rewrites) {
      Region region = rewrite.region();
      RegionWeights weights = rewriting.weights(region);
      for (RegionLayer layer : region.layers()) {
        List<BlockWeights> found = byLayer.get(layer.layer().nodes().get(0));
        if (found != null) {
          weights = weights.with(layer.layer(), found.toArray(BlockWeights[]::new));
        }
      }
      for (EmittedFactor factor : rewrite.factors()) {
        weights = factor.replace(weights, parameters.get(next++));
      }
      distilled = distilled.withDistilled(region, weights);
    }
    return distilled;
  }
}
