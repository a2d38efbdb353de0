package dev.partita.dense.find;

import dev.partita.model.Attributes;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorShapeProto;
import dev.partita.onnx.TypeProto;
import dev.partita.onnx.facts.Operators;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** How many axes values have, and how large these are, as far as the file tells. */
public final class Ranks {

  private static final int MOST_STEPS = 100;

  private final GraphIndex index;
  private final Map<String, Integer> known = new HashMap<>();

  /** Ranks of the values of a graph. */
  public Ranks(GraphIndex index) {
    this.index = index;
  }

  /** The number of axes of a value; 0 where it is not known. */
  public int of(String value) {
    return of(value, MOST_STEPS);
  }

  private int of(String value, int steps) {
    Integer before = known.get(value);
    if (before != null) {
      return before;
    }
    int rank = steps == 0 ? 0 : find(value, steps - 1);
    if (steps > 0) {
      known.put(value, rank);
    }
    return rank;
  }

  private int find(String value, int steps) {
    TypeProto.Tensor type = index.declaredType(value);
    if (type != null && type.hasShape()) {
      return type.getShape().getDimCount();
    }
    TensorProto tensor = index.constant(value);
    if (tensor != null) {
      return tensor.getDimsCount();
    }
    OptionalInt producer = index.producer(value);
    if (producer.isEmpty() || index.node(producer.getAsInt()).getInputCount() == 0) {
      return 0;
    }
    NodeProto node = index.node(producer.getAsInt());
    return made(node, steps);
  }

  private int made(NodeProto node, int steps) {
    String first = node.getInput(0);
    return switch (Operators.named(node.getOpType()).rank()) {
      case UNKNOWN -> 0;
      case FIRST -> of(first, steps);
      case BROADCAST -> broadcast(node.getInputList(), steps);
      case MATRIX -> 2;
      case PRODUCT -> product(of(first, steps), of(input(node, 1), steps));
      case SCALED_PRODUCT -> product(of(first, steps), of(input(node, 3), steps));
      case PERMUTATION -> {
        List<Long> permutation = Attributes.ints(node, "perm");
        yield permutation == null ? of(first, steps) : permutation.size();
      }
      case SHAPE -> {
        List<Long> shape = ShapeSteps.integers(index, node, "shape");
        yield shape == null ? 0 : shape.size();
      }
    };
  }

  /** An input; the first where there are too few. */
  private static String input(NodeProto node, int index) {
    return node.getInput(node.getInputCount() > index ? index : 0);
  }

  private int broadcast(List<String> operands, int steps) {
    int most = 0;
    for (String operand : operands) {
      int rank = of(operand, steps);
      boolean scalar = index.constant(operand) != null;
      if (rank == 0 && !scalar) {
        return 0;
      }
      most = Math.max(most, rank);
    }
    return most;
  }

  /** A vector's axis disappears. */
  private static int product(int left, int right) {
    if (left == 0 || right == 0) {
      return 0;
    }
    int most = Math.max(left, right);
    return most - (left == 1 ? 1 : 0) - (right == 1 ? 1 : 0);
  }

  /** The declared size of an axis counted from the end; -1 where it is not declared as a number. */
  public long dim(String value, int axisFromEnd) {
    TypeProto.Tensor type = index.declaredType(value);
    if (type == null || !type.hasShape()) {
      return -1;
    }
    int axis = type.getShape().getDimCount() + axisFromEnd;
    TensorShapeProto.@Nullable Dimension dim = axis < 0 ? null : type.getShape().getDim(axis);
    return dim != null && dim.getValueCase() == TensorShapeProto.Dimension.ValueCase.DIM_VALUE
        ? dim.getDimValue()
        : -1;
  }
}
