package dev.partita.dense.find;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import dev.partita.model.Attributes;
import dev.partita.model.ElementType;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.facts.Operator.Features;
import dev.partita.onnx.facts.Operators;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Follows a constant operand back to the tensor it is made of, and its axes forward again. */
final class ConstantTrace {

  private static final int MOST_NODES = 16;

  private final GraphIndex index;
  private List<Long> storedDims;
  private List<Integer> order;
  private List<DecodeStep> steps = new ArrayList<>();
  private ElementType format;

  private ConstantTrace(GraphIndex index, TensorProto stored, ElementType format) {
    this.index = index;
    this.storedDims = stored.getDimsList();
    this.order = IntStream.range(0, stored.getDimsCount()).boxed().toList();
    this.format = format;
  }

  static @Nullable ConstantSource trace(GraphIndex index, String value) {
    return trace(index, value, MOST_NODES);
  }

  private static @Nullable ConstantSource trace(GraphIndex index, String value, int most) {
    List<NodeProto> chain = new ArrayList<>();
    String root = root(index, value, most, chain);
    TensorProto tensor = index.constant(root);
    ElementType format = tensor == null ? null : ElementType.ofNumbers(tensor.getDataType());
    if (tensor == null || format == null || tensor.getDimsList().stream().anyMatch(d -> d < 0)) {
      return null;
    }
    ConstantTrace trace = new ConstantTrace(index, tensor, format);
    for (NodeProto node : chain) {
      if (!trace.follow(node, most - chain.size())) {
        return null;
      }
    }
    return new ConstantSource(
        value,
        tensor,
        ImmutableList.copyOf(trace.storedDims),
        ImmutableIntArray.copyOf(trace.order),
        ImmutableList.copyOf(trace.steps),
        trace.format);
  }

  /** Where a value comes from, through nodes of one operand each. */
  static String root(GraphIndex index, String value) {
    return root(index, value, MOST_NODES, new ArrayList<>());
  }

  private static String root(GraphIndex index, String value, int most, List<NodeProto> chain) {
    String at = value;
    while (index.constant(at) == null && chain.size() < most) {
      // A body may read what a graph around it makes of constants.
      GraphIndex definer = index.definer(at);
      OptionalInt producer = definer.producer(at);
      if (producer.isEmpty() || !isStep(definer.node(producer.getAsInt()))) {
        break;
      }
      NodeProto node = definer.node(producer.getAsInt());
      chain.add(0, node);
      at = node.getInput(0);
    }
    return at;
  }

  static boolean isStep(NodeProto node) {
    if (node.getInputCount() == 0 || node.getOutputCount() != 1) {
      return false;
    }
    return switch (Operators.of(node).features()) {
      case MOVED, SCALED -> true;
      case ELEMENTWISE -> node.getOpType().equals("Identity") || node.getOpType().equals("Cast");
      default -> false;
    };
  }

  static boolean isLinear(NodeProto node) {
    return Operators.of(node).features() == Features.SCALED;
  }

  private boolean follow(NodeProto node, int most) {
    if (isLinear(node)) {
      return linear(node, most);
    }
    return switch (node.getOpType()) {
      case "Identity" -> true;
      case "Cast" -> cast(node);
      case "Transpose" -> transpose(Attributes.ints(node, "perm"));
      default -> {
        List<Long> dims = ShapeSteps.result(index, node, dims());
        yield dims != null && reshape(dims);
      }
    };
  }

  private List<Long> dims() {
    return order.stream().map(axis -> storedDims.get(axis)).toList();
  }

  private boolean cast(NodeProto node) {
    ElementType to = ElementType.ofNumbers((int) Attributes.integer(node, "to", 0));
    if (to == null || !to.isFloating()) {
      return false;
    }
    if (to != format) {
      steps.add(new DecodeStep.Cast(node, to));
      format = to;
    }
    return true;
  }

  private boolean transpose(@Nullable List<Long> permutation) {
    int rank = order.size();
    List<Integer> perm =
        permutation == null
            ? IntStream.range(0, rank).mapToObj(i -> rank - 1 - i).toList()
            : permutation.stream().map(Long::intValue).toList();
    if (!perm.stream().sorted().toList().equals(IntStream.range(0, rank).boxed().toList())) {
      return false;
    }
    List<Integer> before = order;
    order = perm.stream().map(axis -> before.get(axis)).toList();
    moveSteps(perm::indexOf);
    return true;
  }

  private void moveSteps(java.util.function.IntUnaryOperator moved) {
    steps =
        new ArrayList<>(
            steps.stream()
                .map(s -> s.axis() < 0 ? s : s.withAxis(moved.applyAsInt(s.axis())))
                .toList());
  }

  /**
   * A change of shape keeps the elements' order: axes of size 1 come and go, or all is regrouped.
   */
  private boolean reshape(List<Long> dims) {
    List<Integer> kept =
        IntStream.range(0, order.size()).filter(i -> dims().get(i) != 1).boxed().toList();
    List<Integer> places =
        IntStream.range(0, dims.size()).filter(i -> dims.get(i) != 1).boxed().toList();
    if (kept.stream().map(dims()::get).toList().equals(places.stream().map(dims::get).toList())) {
      moveUnits(kept, places, dims.size());
      return true;
    }
    List<Integer> large = kept.stream().map(order::get).toList();
    boolean contiguous = large.equals(large.stream().sorted().toList());
    if (!contiguous || steps.stream().anyMatch(step -> step.axis() >= 0)) {
      return false;
    }
    storedDims = List.copyOf(dims);
    order = IntStream.range(0, dims.size()).boxed().toList();
    return true;
  }

  /** Axis {@code kept[i]}, of more than one place, becomes axis {@code places[i]}. */
  private void moveUnits(List<Integer> kept, List<Integer> places, int rank) {
    List<Integer> before = order;
    List<Integer> large = kept.stream().map(before::get).sorted().toList();
    List<Long> shape = new ArrayList<>(large.stream().map(storedDims::get).toList());
    Integer[] after = new Integer[rank];
    for (int i = 0; i < kept.size(); i++) {
      after[places.get(i)] = large.indexOf(before.get(kept.get(i)));
    }
    for (int axis = 0; axis < rank; axis++) {
      if (after[axis] == null) {
        after[axis] = shape.size();
        shape.add(1L);
      }
    }
    moveSteps(axis -> kept.contains(axis) ? places.get(kept.indexOf(axis)) : -1);
    storedDims = shape;
    order = List.of(after);
  }

  private boolean linear(NodeProto node, int most) {
    if (node.getInputCount() < 2 || Attributes.integer(node, "block_size", 0) != 0 || most <= 0) {
      return false;
    }
    ConstantSource scale = trace(index, node.getInput(1), most);
    ConstantSource zero = null;
    if (node.getInputCount() > 2 && !node.getInput(2).isEmpty()) {
      zero = trace(index, node.getInput(2), most);
      if (zero == null) {
        return false;
      }
    }
    if (scale == null) {
      return false;
    }
    int axis = -1;
    if (!scale.isScalar()) {
      axis = (int) Attributes.integer(node, "axis", 1);
      axis = axis < 0 ? axis + order.size() : axis;
      if (axis < 0 || axis >= order.size() || !fits(scale, axis)) {
        return false;
      }
    }
    if (zero != null && !(axis < 0 ? zero.isScalar() : fits(zero, axis))) {
      return false;
    }
    boolean quantizes = node.getOpType().equals("QuantizeLinear");
    ElementType to = result(node, quantizes, scale, zero);
    if (to == null || quantizes == to.isFloating()) {
      return false;
    }
    steps.add(new DecodeStep.Linear(node, quantizes, axis, scale, zero, to));
    format = to;
    return true;
  }

  private boolean fits(ConstantSource parameter, int axis) {
    return parameter.rank() == 1 && parameter.dim(0) == dims().get(axis);
  }

  private static @Nullable ElementType result(
      NodeProto node, boolean quantizes, ConstantSource scale, @Nullable ConstantSource zero) {
    int asked = (int) Attributes.integer(node, "output_dtype", 0);
    if (asked != 0) {
      return ElementType.ofNumbers(asked);
    }
    if (!quantizes) {
      return scale.format();
    }
    return zero == null ? ElementType.UINT8 : zero.format();
  }
}
