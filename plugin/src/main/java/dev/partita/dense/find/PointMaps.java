package dev.partita.dense.find;

import dev.partita.model.Attributes;
import dev.partita.model.GraphIndex;
import dev.partita.model.Nodes;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.facts.Operators;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Which values are maps of {@code 1 x 1}, as a global pool makes them, whatever elementwise nodes
 * come after it and whether shapes are declared or not.
 *
 * <pre>
 *   GlobalAveragePool, ReduceMean over all spatial axes, AveragePool as large as its map
 *   -> Conv 1 x 1, BatchNormalization, Relu, Mul(x, Sigmoid(x)), Add of a constant -> 1 x 1
 * </pre>
 */
final class PointMaps {

  private static final int MOST_STEPS = 50;

  private final GraphIndex index;
  private final Ranks ranks;
  private final int spatial;
  private int steps = MOST_STEPS;

  private PointMaps(GraphIndex index, Ranks ranks, int spatial) {
    this.index = index;
    this.ranks = ranks;
    this.spatial = spatial;
  }

  /**
   * Whether every spatial axis of a value has one place.
   *
   * @param spatial how many of its last axes are spatial
   */
  static boolean isPoint(GraphIndex index, Ranks ranks, String value, int spatial) {
    return spatial > 0 && new PointMaps(index, ranks, spatial).isPoint(value);
  }

  /** Whether a convolution by this weight sees one place at a time, and adds none at the border. */
  static boolean hasNoExtent(NodeProto node, ConstantSource weight) {
    List<Long> pads = Attributes.ints(node, "pads");
    return weight.rank() >= 3
        && IntStream.range(2, weight.rank()).allMatch(axis -> weight.dim(axis) == 1)
        && (pads == null || pads.stream().allMatch(pad -> pad == 0));
  }

  private boolean isPoint(String value) {
    if (steps-- == 0) {
      return false;
    }
    ConstantSource constant = ConstantSource.of(index, value);
    if (constant != null) {
      // Fewer axes are broadcast.
      return IntStream.rangeClosed(1, Math.min(spatial, constant.rank()))
          .allMatch(axis -> constant.dim(constant.rank() - axis) == 1);
    }
    OptionalInt producer = index.producer(value);
    return isDeclared(value) || (producer.isPresent() && isMade(index.node(producer.getAsInt())));
  }

  private boolean isDeclared(String value) {
    return IntStream.rangeClosed(1, spatial).allMatch(axis -> ranks.dim(value, -axis) == 1);
  }

  private boolean isMade(NodeProto node) {
    if (node.getInputCount() == 0) {
      return false;
    }
    String first = node.getInput(0);
    return switch (node.getOpType()) {
      case "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool" -> true;
      case "ReduceMean", "ReduceMax", "ReduceMin", "ReduceSum", "ReduceL2" ->
          reducesMap(node) || (keepsAxes(node) && isPoint(first));
      case "AveragePool", "MaxPool", "LpPool" ->
          hasNoBorder(node) && (coversMap(node) || isPoint(first));
      case "Unsqueeze" -> addsMap(node);
      case "BatchNormalization" -> isPoint(first);
      case "Conv", "FusedConv" -> {
        ConstantSource weight =
            node.getInputCount() < 2 ? null : ConstantSource.of(index, node.getInput(1));
        yield weight != null && hasNoExtent(node, weight) && isPoint(first);
      }
      default ->
          (Operators.of(node).isElementwise() && isPoint(first))
              || (Operators.of(node).isBroadcast()
                  && node.getInputList().stream().allMatch(this::isPoint));
    };
  }

  private static boolean keepsAxes(NodeProto node) {
    return Attributes.integer(node, "keepdims", 1) != 0;
  }

  /** Over every spatial axis. */
  private boolean reducesMap(NodeProto node) {
    List<Long> axes = ShapeSteps.integers(index, node, "axes");
    return axes != null && keepsAxes(node) && areLast(axes);
  }

  /** Axes put in behind all others. */
  private boolean addsMap(NodeProto node) {
    List<Long> axes = ShapeSteps.integers(index, node, "axes");
    return axes != null && areLast(axes);
  }

  private boolean areLast(List<Long> axes) {
    return LongStream.rangeClosed(1, spatial)
        .allMatch(axis -> axes.contains(-axis) || axes.contains(spatial + 2 - axis));
  }

  private static boolean hasNoBorder(NodeProto node) {
    List<Long> pads = Attributes.ints(node, "pads");
    return (pads == null || pads.stream().allMatch(pad -> pad == 0))
        && Nodes.hasNoAutomaticPadding(node);
  }

  /** A window as large as a map of known size. */
  private boolean coversMap(NodeProto node) {
    List<Long> kernel = Attributes.ints(node, "kernel_shape");
    return kernel != null
        && kernel.size() == spatial
        && IntStream.range(0, spatial)
            .allMatch(axis -> ranks.dim(node.getInput(0), axis - spatial) == kernel.get(axis));
  }
}
