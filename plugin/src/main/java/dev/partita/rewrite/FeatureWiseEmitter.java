package dev.partita.rewrite;

import dev.partita.dense.find.ConstantSource;
import dev.partita.dense.find.FeatureWise;
import dev.partita.dense.find.ShapeMoves;
import dev.partita.dense.region.Region;
import dev.partita.model.GraphIndex;
import dev.partita.model.Tensors;
import dev.partita.onnx.NodeProto;
import dev.partita.partition.PartitionPlan;
import dev.partita.rewrite.ConstantEmitter.Place;
import dev.partita.rewrite.EmittedNode.Role;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Emits a copy of a feature-wise node for each branch, with the branch's values instead of the
 * region's and the branch's part of every constant that has a number for each feature.
 */
final class FeatureWiseEmitter {

  private final Emission emission;
  private final ConstantEmitter constants;
  private final Region region;
  private final PartitionPlan plan;

  FeatureWiseEmitter(
      Emission emission, ConstantEmitter constants, Region region, PartitionPlan plan) {
    this.emission = emission;
    this.constants = constants;
    this.region = region;
    this.plan = plan;
  }

  /**
   * Emits the copies.
   *
   * @param branchValues for each value of the region the names it has in the branches; the node's
   *     result is added
   */
  void emit(int position, Map<String, List<String>> branchValues) {
    GraphIndex index = emission.index();
    NodeProto node = index.node(position);
    String origin = index.nodeName(position);
    String made = node.getOutput(0);
    int space = region.space(made).id();
    List<String> outputs = new ArrayList<>();
    for (int branch = 0; branch < plan.branches(); branch++) {
      Place place = new Place(position, branch, origin, "/branch" + branch);
      NodeProto.Builder clone = node.toBuilder().clearInput().clearOutput();
      for (int input = 0; input < node.getInputCount(); input++) {
        List<String> parts = branchValues.get(node.getInput(input));
        clone.addInput(parts != null ? parts.get(branch) : constant(place, node, input, space));
      }
      String output = emission.fresh(made + place.suffix());
      outputs.add(output);
      clone.addOutput(output).setName(emission.fresh(origin + place.suffix()));
      emission.node(
          position,
          clone.build(),
          branch,
          origin,
          Role.FEATURE_WISE,
          plan.blockSize(space, branch));
    }
    branchValues.put(made, outputs);
  }

  private String constant(Place place, NodeProto node, int input, int space) {
    String value = node.getInput(input);
    ConstantSource source = value.isEmpty() ? null : ConstantSource.of(emission.index(), value);
    if (source == null) {
      return value;
    }
    int features = region.spaces().get(space).size();
    int[] own = plan.features(space, place.branch());
    long[] shape =
        input == 1 ? ShapeMoves.branchShape(emission.index(), node, features, own.length) : null;
    if (shape != null) {
      String name = emission.fresh(value + place.suffix());
      return emission.constant(place.position(), Tensors.ofLongs(name, shape, shape.length));
    }
    int axis =
        FeatureWise.constantAxis(
            emission.index(),
            emission.ranks(),
            place.position(),
            source,
            region.axis(node.getOutput(0)),
            features);
    if (axis < 0) {
      return value;
    }
    int[][] selection = new int[source.rank()][];
    selection[axis] = own;
    return constants.part(place, source, Arrays.asList(selection));
  }
}
