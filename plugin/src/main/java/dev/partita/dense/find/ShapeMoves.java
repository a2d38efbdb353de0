package dev.partita.dense.find;

import dev.partita.model.Attributes;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.facts.Operator.Features;
import dev.partita.onnx.facts.Operators;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Nodes that move the axis of the features, or change other axes, and leave the features as they
 * are: Transpose, Flatten, Reshape, Squeeze, Unsqueeze.
 */
public final class ShapeMoves {

  private ShapeMoves() {}

  /** Whether an operator can be such a node. */
  public static boolean isMove(String operator) {
    return Operators.named(operator).features() == Features.MOVED;
  }

  /** The axis of the features in the output, from the end; 0 where they do not stay together. */
  static int outputAxis(GraphIndex index, Ranks ranks, NodeProto node, int axis, int features) {
    int rank = ranks.of(node.getInput(0));
    return switch (node.getOpType()) {
      case "Transpose" -> transposed(Attributes.ints(node, "perm"), rank, axis);
      case "Flatten" -> flattened(ranks, node, rank, axis);
      case "Reshape" -> reshaped(index, ranks, node, rank, axis, features);
      case "Squeeze" -> squeezed(ShapeSteps.integers(index, node, "axes"), rank, axis);
      case "Unsqueeze" -> unsqueezed(ShapeSteps.integers(index, node, "axes"), rank, axis);
      default -> 0;
    };
  }

  private static int transposed(@Nullable List<Long> permutation, int rank, int axis) {
    int axes = permutation == null ? rank : permutation.size();
    if (axes == 0 || axes + axis < 0) {
      return 0;
    }
    int from = axes + axis;
    int to = permutation == null ? axes - 1 - from : permutation.indexOf((long) from);
    return to < 0 ? 0 : to - axes;
  }

  private static int flattened(Ranks ranks, NodeProto node, int rank, int axis) {
    if (rank == 0) {
      return 0;
    }
    int at = (int) Attributes.integer(node, "axis", 1);
    at = at < 0 ? at + rank : at;
    int from = rank + axis;
    boolean behind = from >= at;
    String input = node.getInput(0);
    boolean alone =
        IntStream.range(behind ? at : 0, behind ? rank : Math.min(at, rank))
            .allMatch(i -> i == from || isOne(ranks, input, i - rank));
    if (!alone) {
      return 0;
    }
    return behind ? -1 : -2;
  }

  private static boolean isOne(Ranks ranks, String value, int axis) {
    return ranks.dim(value, axis) == 1;
  }

  /**
   * The features stay the fastest axis. They do where they were, and the new last axis has as many
   * places; a last axis left open (-1) has them where all others are taken over one by one.
   */
  private static int reshaped(
      GraphIndex index, Ranks ranks, NodeProto node, int rank, int axis, int features) {
    List<Long> shape = ShapeSteps.integers(index, node, "shape");
    String input = node.getInput(0);
    boolean fastest =
        IntStream.rangeClosed(axis + 1, -1).allMatch(behind -> isOne(ranks, input, behind));
    if (shape == null || shape.isEmpty() || !fastest) {
      return 0;
    }
    long last = shape.get(shape.size() - 1);
    if (last == features) {
      return -1;
    }
    int leading = shape.size() - 1;
    boolean others =
        rank > 0
            && Attributes.integer(node, "allowzero", 0) == 0
            && leading == rank + axis
            && IntStream.range(0, leading)
                .allMatch(
                    i ->
                        shape.get(i) == 0
                            || (shape.get(i) > 0 && shape.get(i) == ranks.dim(input, i - rank)));
    return last == -1 && others ? -1 : 0;
  }

  private static int squeezed(@Nullable List<Long> axes, int rank, int axis) {
    List<Integer> places = places(axes, rank);
    if (places == null || places.contains(axis)) {
      return 0;
    }
    return axis + (int) places.stream().filter(place -> place > axis).count();
  }

  private static int unsqueezed(@Nullable List<Long> axes, int rank, int axis) {
    List<Integer> places = places(axes, rank == 0 || axes == null ? 0 : rank + axes.size());
    if (places == null) {
      return 0;
    }
    // Goes from the end over the axes of the output, counting those that were there before.
    int seen = 0;
    for (int to = -1; ; to--) {
      if (!places.contains(to) && --seen == axis) {
        return to;
      }
    }
  }

  /** Axes from the end; null where the rank would have to be known. */
  private static @Nullable List<Integer> places(@Nullable List<Long> axes, int rank) {
    if (axes == null || (rank == 0 && axes.stream().anyMatch(axis -> axis >= 0))) {
      return null;
    }
    List<Integer> places = new ArrayList<>();
    for (long axis : axes) {
      places.add((int) (axis < 0 ? axis : axis - rank));
    }
    return places;
  }

  /**
   * The shape that a Reshape needs in a branch; null where the one it has does as well.
   *
   * @param features how many the value has
   * @param branchFeatures how many the branch has
   */
  public static long @Nullable [] branchShape(
      GraphIndex index, NodeProto node, int features, int branchFeatures) {
    List<Long> shape =
        node.getOpType().equals("Reshape") ? ShapeSteps.integers(index, node, "shape") : null;
    if (shape == null || shape.get(shape.size() - 1) != features) {
      return null;
    }
    long[] changed = shape.stream().mapToLong(Long::longValue).toArray();
    changed[changed.length - 1] = branchFeatures;
    return changed;
  }
}
