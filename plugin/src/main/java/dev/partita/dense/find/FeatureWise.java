package dev.partita.dense.find;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.partita.model.Attributes;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.facts.Operator.Features;
import dev.partita.onnx.facts.Operators;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Which nodes keep features apart, and where these stand before and after. */
public final class FeatureWise {

  private FeatureWise() {}

  /**
   * The operands that carry features, each once; null where the node mixes features, has subgraphs,
   * or could be run in a way that depends on more than one place.
   */
  public static @Nullable ImmutableList<String> operands(GraphIndex index, int position) {
    NodeProto node = index.node(position);
    if (node.getInputCount() == 0 || node.getOutputCount() == 0 || Attributes.hasBody(node)) {
      return null;
    }
    return switch (Operators.of(node).features()) {
      case MIXED, REGROUPED, PRODUCT, SCORES -> null;
      case ELEMENTWISE -> elementwise(index, node);
      case BIASED, SCALED, MOVED -> computed(index, node, 1);
      case NORMALIZED -> isInference(index, node) ? computed(index, node, 1) : null;
      case BROADCAST -> broadcast(index, node);
      case SLOPED -> isConstant(index, node.getInput(0)) ? null : broadcast(index, node);
    };
  }

  private static boolean isConstant(GraphIndex index, String value) {
    return ConstantSource.of(index, value) != null;
  }

  /** Those of the first inputs that are computed; every other has to be constant or one number. */
  private static @Nullable ImmutableList<String> computed(
      GraphIndex index, NodeProto node, int most) {
    List<String> operands = new ArrayList<>();
    for (int i = 0; i < node.getInputCount(); i++) {
      String input = node.getInput(i);
      if (input.isEmpty() || isConstant(index, input)) {
        continue;
      }
      if (!Scalars.isScalar(index, input)) {
        if (i >= most) {
          return null;
        }
        operands.add(input);
      }
    }
    ImmutableList<String> distinct = ImmutableSet.copyOf(operands).asList();
    return distinct.isEmpty() ? null : distinct;
  }

  private static @Nullable ImmutableList<String> broadcast(GraphIndex index, NodeProto node) {
    return index.model().operatorSet().broadcasts()
        ? computed(index, node, node.getInputCount())
        : null;
  }

  private static @Nullable ImmutableList<String> elementwise(GraphIndex index, NodeProto node) {
    // Limits of Clip, ratio of Dropout: parameters that have to be known and the same everywhere.
    for (int i = 1; i < node.getInputCount(); i++) {
      ConstantSource source =
          node.getInput(i).isEmpty() ? null : ConstantSource.of(index, node.getInput(i));
      if (!node.getInput(i).isEmpty() && (source == null || !source.isScalar())) {
        return null;
      }
    }
    return node.getInputCount() > Operators.of(node).mostInputs()
            || isUsedBeyondFirst(index, node)
            || isConstant(index, node.getInput(0))
        ? null
        : ImmutableList.of(node.getInput(0));
  }

  private static boolean isUsedBeyondFirst(GraphIndex index, NodeProto node) {
    return node.getOutputList().stream()
        .skip(1)
        .anyMatch(value -> !index.consumers(value).isEmpty() || index.isOutput(value));
  }

  private static boolean isInference(GraphIndex index, NodeProto node) {
    return Attributes.integer(node, "training_mode", 0) == 0
        && Attributes.integer(node, "spatial", 1) == 1
        && node.getInputCount() == 5
        && !isUsedBeyondFirst(index, node);
  }

  /**
   * The axis, from the end, at which the output has the features.
   *
   * @param axis at which every computed operand has them
   * @param features how many there are
   * @return 0 where the node does not keep them apart after all: a constant widens them, or the
   *     axis cannot be told
   */
  public static int outputAxis(
      GraphIndex index, Ranks ranks, int position, int axis, int features) {
    NodeProto node = index.node(position);
    Features how = Operators.of(node).features();
    if (how == Features.MOVED) {
      return ShapeMoves.outputAxis(index, ranks, node, axis, features);
    }
    int rank = ranks.of(node.getOutput(0));
    if (how == Features.SCALED && Attributes.integer(node, "block_size", 0) != 0) {
      return 0;
    }
    if (how == Features.NORMALIZED && (rank == 0 || rank + axis != 1)) {
      return 0;
    }
    for (int input = 0; input < node.getInputCount(); input++) {
      if (!fits(index, position, input, axis, features, rank)) {
        return 0;
      }
    }
    return axis;
  }

  private static boolean fits(
      GraphIndex index, int position, int input, int axis, int features, int rank) {
    NodeProto node = index.node(position);
    String value = node.getInput(input);
    ConstantSource source = value.isEmpty() ? null : ConstantSource.of(index, value);
    if (source == null || source.isScalar()) {
      return source == null || source.rank() <= Math.max(rank, 2);
    }
    if (isParameter(node)) {
      OptionalInt at = parameterAxis(node, rank);
      return source.rank() == 1
          && at.isPresent()
          && (at.getAsInt() != axis || source.dim(0) == features);
    }
    int place = source.rank() + axis;
    return source.rank() <= Math.max(rank, 2)
        && (place < 0 || source.dim(place) == 1 || source.dim(place) == features);
  }

  /** Whether the constants of a node are lists along one axis, instead of being broadcast. */
  private static boolean isParameter(NodeProto node) {
    Features how = Operators.of(node).features();
    return how == Features.SCALED || how == Features.NORMALIZED;
  }

  /** The axis, from the end, that such lists are for; empty where the rank has to be known. */
  private static OptionalInt parameterAxis(NodeProto node, int rank) {
    long axis = Attributes.integer(node, "axis", 1);
    if (axis < 0) {
      return OptionalInt.of((int) axis);
    }
    return rank == 0 ? OptionalInt.empty() : OptionalInt.of((int) axis - rank);
  }

  /**
   * The axis of a constant input along which each branch needs the part of its own features; -1
   * where every branch reads the constant as it is.
   *
   * @param axis at which the node's output has the features
   * @param features how many there are
   */
  public static int constantAxis(
      GraphIndex index,
      Ranks ranks,
      int position,
      ConstantSource constant,
      int axis,
      int features) {
    NodeProto node = index.node(position);
    if (ShapeMoves.isMove(node.getOpType()) || constant.isScalar()) {
      return -1;
    }
    if (isParameter(node)) {
      OptionalInt at = parameterAxis(node, ranks.of(node.getOutput(0)));
      return at.isPresent() && at.getAsInt() == axis ? 0 : -1;
    }
    int place = constant.rank() + axis;
    return place >= 0 && constant.dim(place) == features ? place : -1;
  }
}
