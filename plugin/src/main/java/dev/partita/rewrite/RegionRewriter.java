package dev.partita.rewrite;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.region.FeatureSpace.State;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.model.GraphIndex;
import dev.partita.model.Names;
import dev.partita.model.Scratch;
import dev.partita.partition.PartitionPlan;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Turns a region and a plan into an edit.
 *
 * <pre>
 *   before   X -> Gemm -> Relu -> Gemm -> Y
 *   after    X -> Gather(I_0) -> Gemm -> Relu -> Gemm --\
 *            X -> Gather(I_1) -> Gemm -> Relu -> Gemm ---+-> Concat -> Gather(order) -> Y
 * </pre>
 *
 * Where the features of every branch are neighbours, one Split takes the place of the Gathers in
 * front. Every clone takes the position of its original, so the graph stays sorted. The Gather at
 * the end disappears where the order is natural, or where nothing but layers of the region that
 * stay whole reads the value: then their weight's rows take its place.
 */
public final class RegionRewriter {

  private final Region region;
  private final PartitionPlan plan;
  private final RegionWeights weights;
  private final GraphIndex index;
  private final Emission emission;
  private final BranchWiring wiring;
  private final LayerEmitter layers;
  private final FeatureWiseEmitter featureWise;
  private final BridgeEmitter bridges;
  private final ExitEmitter exits;
  private final Map<String, List<String>> branchValues = new HashMap<>();
  private final Map<Integer, RegionLayer> layerOfNode = new HashMap<>();

  private RegionRewriter(
      GraphIndex index,
      Names names,
      Region region,
      PartitionPlan plan,
      RegionWeights weights,
      Scratch scratch,
      StoredOnce stored) {
    this.region = region;
    this.plan = plan;
    this.weights = weights;
    this.index = index;
    this.emission = new Emission(index, names, scratch, stored);
    this.wiring = new BranchWiring(emission);
    ConstantEmitter constants = new ConstantEmitter(emission);
    this.layers = new LayerEmitter(emission, constants);
    this.featureWise = new FeatureWiseEmitter(emission, constants, region, plan);
    this.bridges = new BridgeEmitter(emission, region, plan, weights.bridges());
    this.exits = new ExitEmitter(emission, region, plan, weights, wiring, layers, bridges);
    for (RegionLayer layer : region.cutLayers()) {
      layer.layer().nodes().forEach(node -> layerOfNode.put(node, layer));
    }
  }

  /**
   * The edit that replaces a region.
   *
   * @param index of any graph of the model that the region was found in
   * @param names hands out names; use one for all regions of a model
   * @param weights recomputed weights, or {@link RegionWeights#ORIGINAL}
   */
  public static RegionRewrite rewrite(
      GraphIndex index, Names names, Region region, PartitionPlan plan, RegionWeights weights) {
    return rewrite(index, names, region, plan, weights, Scratch.onHeap(), new StoredOnce());
  }

  /**
   * The same for one of several regions of a model.
   *
   * @param scratch for the elements of new constants, which must stay open as long as the edit is
   *     of use
   * @param stored the new tensors of all of them
   */
  static RegionRewrite rewrite(
      GraphIndex index,
      Names names,
      Region region,
      PartitionPlan plan,
      RegionWeights weights,
      Scratch scratch,
      StoredOnce stored) {
    return new RegionRewriter(
            index.at(region.graph()), names, region, plan, weights, scratch, stored)
        .rewrite();
  }

  private RegionRewrite rewrite() {
    for (int node : region.nodes()) {
      emission.replace(node);
      RegionLayer layer = layerOfNode.get(node);
      if (layer == null) {
        featureWise.emit(node, branchValues);
      } else if (layer.layer().nodes().get(0) == node) {
        cut(layer);
      }
      for (String value : index.node(node).getOutputList()) {
        if (region.exits().contains(value)) {
          exits.exit(node, value, branchValues);
        }
      }
    }
    ImmutableListMultimap.Builder<String, String> values = ImmutableListMultimap.builder();
    branchValues.forEach(values::putAll);
    return new RegionRewrite(
        region,
        plan,
        emission.edit(),
        ImmutableList.copyOf(emission.emitted()),
        values.build(),
        exits.joined(),
        ImmutableList.copyOf(layers.blocks()),
        ImmutableList.copyOf(bridges.factors()),
        layers.parameters() + bridges.parameters() + exits.untouched());
  }

  private void cut(RegionLayer layer) {
    DenseLayer original = layer.layer();
    List<String> inputs = inputs(original);
    List<String> outputs = new ArrayList<>();
    for (int branch = 0; branch < plan.branches(); branch++) {
      String suffix = "/branch" + branch;
      int[] ins =
          plan.isAssigned(layer.inSpace())
              ? plan.features(layer.inSpace(), branch)
              : all(original.in());
      String output = emission.fresh(original.output() + suffix);
      outputs.add(output);
      layers.emit(
          new LayerEmitter.Block(
              original,
              branch,
              suffix,
              inputs.get(branch),
              bridges.withProjection(original, ins),
              plan.features(layer.outSpace(), branch),
              output,
              weights.of(original, branch)));
    }
    branchValues.put(original.output(), outputs);
  }

  private List<String> inputs(DenseLayer layer) {
    List<String> known = branchValues.get(layer.input());
    if (known != null) {
      return known;
    }
    int space = region.space(layer.input()).id();
    List<String> inputs;
    if (region.spaces().get(space).state() == State.SHARED) {
      inputs = Collections.nCopies(plan.branches(), layer.input());
    } else {
      List<String> blocks =
          wiring.enter(
              layer.nodes().get(0),
              layer.input(),
              layer.from().axis(),
              layer.name(),
              branches(branch -> plan.features(space, branch)));
      inputs = branches(branch -> bridges.enter(layer, branch, blocks.get(branch)));
    }
    branchValues.put(layer.input(), inputs);
    return inputs;
  }

  private <T> List<T> branches(IntFunction<T> each) {
    return IntStream.range(0, plan.branches()).mapToObj(each).toList();
  }

  private static int[] all(int count) {
    return IntStream.range(0, count).toArray();
  }
}
