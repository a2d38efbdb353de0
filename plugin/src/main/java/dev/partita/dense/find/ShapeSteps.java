package dev.partita.dense.find;

import com.google.common.math.LongMath;
import dev.partita.model.Attributes;
import dev.partita.model.GraphIndex;
import dev.partita.model.Tensors;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Shapes that Reshape, Flatten, Squeeze and Unsqueeze make of a known shape. */
final class ShapeSteps {

  private ShapeSteps() {}

  /** The new shape; null where it cannot be told or does not fit. */
  static @Nullable List<Long> result(GraphIndex index, NodeProto node, List<Long> dims) {
    return switch (node.getOpType()) {
      case "Reshape" -> {
        List<Long> target = integers(index, node, "shape");
        yield target == null
            ? null
            : reshaped(dims, target, Attributes.integer(node, "allowzero", 0) != 0);
      }
      case "Flatten" -> flattened(dims, (int) Attributes.integer(node, "axis", 1));
      case "Squeeze" -> squeezed(dims, integers(index, node, "axes"));
      case "Unsqueeze" -> unsqueezed(dims, integers(index, node, "axes"));
      default -> null;
    };
  }

  /**
   * An attribute in old operator sets, the second input in newer ones; null where it is neither.
   */
  static @Nullable List<Long> integers(GraphIndex index, NodeProto node, String name) {
    if (node.getInputCount() < 2 || node.getInput(1).isEmpty()) {
      return Attributes.ints(node, name);
    }
    TensorProto tensor = index.constant(node.getInput(1));
    return tensor == null ? null : Tensors.longs(index.model(), tensor);
  }

  private static @Nullable List<Long> reshaped(
      List<Long> dims, List<Long> target, boolean allowZero) {
    List<Long> shape = new ArrayList<>();
    long known = 1;
    int open = -1;
    for (int axis = 0; axis < target.size(); axis++) {
      long dim = target.get(axis);
      if (dim == 0 && !allowZero) {
        if (axis >= dims.size()) {
          return null;
        }
        dim = dims.get(axis);
      }
      if (dim == -1) {
        if (open >= 0) {
          return null;
        }
        open = axis;
      } else if (dim < 0) {
        return null;
      } else {
        known = LongMath.saturatedMultiply(known, dim);
      }
      shape.add(dim);
    }
    long all = product(dims);
    if (open >= 0) {
      if (known == 0 || all % known != 0) {
        return null;
      }
      shape.set(open, all / known);
      return shape;
    }
    return known == all ? shape : null;
  }

  private static @Nullable List<Long> flattened(List<Long> dims, int axis) {
    int at = axis < 0 ? axis + dims.size() : axis;
    return at < 0 || at > dims.size()
        ? null
        : List.of(product(dims.subList(0, at)), product(dims.subList(at, dims.size())));
  }

  private static @Nullable List<Long> squeezed(List<Long> dims, @Nullable List<Long> axes) {
    List<Long> shape = new ArrayList<>();
    for (int axis = 0; axis < dims.size(); axis++) {
      boolean named =
          axes == null || axes.contains((long) axis) || axes.contains((long) axis - dims.size());
      if (named && axes != null && dims.get(axis) != 1) {
        return null;
      }
      if (!named || dims.get(axis) != 1) {
        shape.add(dims.get(axis));
      }
    }
    return shape;
  }

  private static @Nullable List<Long> unsqueezed(List<Long> dims, @Nullable List<Long> axes) {
    if (axes == null) {
      return null;
    }
    int rank = dims.size() + axes.size();
    List<Long> shape = new ArrayList<>();
    int from = 0;
    for (int axis = 0; axis < rank; axis++) {
      boolean added = axes.contains((long) axis) || axes.contains((long) axis - rank);
      if (!added && from >= dims.size()) {
        return null;
      }
      shape.add(added ? 1L : dims.get(from++));
    }
    return from == dims.size() ? shape : null;
  }

  private static long product(List<Long> dims) {
    long product = 1;
    for (long dim : dims) {
      product = LongMath.saturatedMultiply(product, dim);
    }
    return product;
  }
}
