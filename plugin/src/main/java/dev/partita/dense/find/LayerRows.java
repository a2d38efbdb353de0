package dev.partita.dense.find;

import com.google.common.collect.ImmutableMap;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorShapeProto;
import dev.partita.onnx.TypeProto;
import dev.partita.onnx.facts.Operators;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * How many rows a dense layer's activation has: the product of all its axes but the last, with a
 * size assumed for symbolic dimensions.
 */
public final class LayerRows {

  private static final int MOST_STEPS = 200;

  /** A declared shape of more rows than this is taken for no declaration: nothing could run it. */
  private static final long MOST_ROWS = Integer.MAX_VALUE;

  private final GraphIndex model;
  private final Map<String, Long> dims;
  private final TreeSet<String> assumed = new TreeSet<>();
  private boolean guessed;

  /**
   * Rows of the layers of a model.
   *
   * @param index of any graph of the model
   * @param dims sizes of symbolic dimensions by name; 1 for those that are absent
   */
  public LayerRows(GraphIndex index, Map<String, Long> dims) {
    this.model = index;
    this.dims = ImmutableMap.copyOf(dims);
  }

  /**
   * The rows of a layer. Where neither the file nor the nodes before the layer tell, those of the
   * nearest product before it that does; where there is none, 1. In a body that runs several times,
   * those of one run.
   */
  public long of(DenseLayer layer) {
    GraphIndex index = model.at(layer.key().graph());
    OptionalLong rows =
        layer.from().axis() == FeatureAxis.LAST
            ? rows(index, layer.input())
            : others(index, layer.from());
    if (rows.isPresent()) {
      return rows.getAsLong();
    }
    for (int i = layer.nodes().get(0) - 1; i >= 0; i--) {
      NodeProto node = index.node(i);
      if (isDense(index, node)) {
        OptionalLong before = rows(index, node.getInput(0));
        if (before.isPresent()) {
          return before.getAsLong();
        }
      }
    }
    guessed = true;
    return 1;
  }

  /** All axes but the one of the features, where the shape is declared. */
  private OptionalLong others(GraphIndex index, FeatureAxis features) {
    TypeProto.Tensor type = index.declaredType(features.value());
    if (type == null || !type.hasShape()) {
      return OptionalLong.empty();
    }
    int skipped = type.getShape().getDimCount() + features.axis();
    long rows = 1;
    for (int axis = 0; axis < type.getShape().getDimCount(); axis++) {
      rows = axis == skipped ? rows : Math.multiplyExact(rows, size(type.getShape().getDim(axis)));
    }
    return OptionalLong.of(rows);
  }

  private static boolean isDense(GraphIndex index, NodeProto node) {
    return (node.getOpType().equals("MatMul") || node.getOpType().equals("Gemm"))
        && node.getInputCount() > 1
        && index.constant(node.getInput(1)) != null;
  }

  /**
   * Goes back from a value to one whose shape is declared. Nearly every node keeps the leading axes
   * of its first operand; what folds all but the first axis into features leaves that one axis to
   * look for.
   */
  private OptionalLong rows(GraphIndex from, String of) {
    GraphIndex index = from;
    String value = of;
    Axes axes = Axes.ALL_BUT_LAST;
    for (int step = 0; step < MOST_STEPS; step++) {
      // A body may read a value of a graph around it.
      index = index.definer(value);
      OptionalLong rows = declared(index, value, axes);
      if (rows.isPresent()) {
        return rows;
      }
      OptionalInt producer = index.producer(value);
      if (producer.isEmpty()) {
        return OptionalLong.empty();
      }
      NodeProto node = index.node(producer.getAsInt());
      GraphIndex here = index;
      Optional<String> operand =
          node.getInputList().stream()
              .filter(input -> !input.isEmpty() && here.constant(input) == null)
              .findFirst();
      if (operand.isEmpty()) {
        return OptionalLong.empty();
      }
      if (axes == Axes.ALL_BUT_LAST) {
        if (folds(index, node)) {
          axes = Axes.FIRST;
        } else if (node.getOpType().equals("Gather") && operand.get().equals(node.getInput(1))) {
          // An embedding: one row for each index.
          axes = Axes.ALL;
        } else if (!Operators.named(node.getOpType()).keepsRows()) {
          return OptionalLong.empty();
        }
      }
      value = operand.get();
    }
    return OptionalLong.empty();
  }

  /** Which axes of a value are rows. */
  private enum Axes {
    ALL_BUT_LAST,
    FIRST,
    ALL
  }

  /** Whether a node keeps the first axis and makes features of all others. */
  private static boolean folds(GraphIndex index, NodeProto node) {
    if (node.getOpType().equals("Flatten")) {
      return node.getAttributeList().stream()
          .noneMatch(a -> a.getName().equals("axis") && a.getI() != 1);
    }
    if (!node.getOpType().equals("Reshape") || node.getInputCount() < 2) {
      return false;
    }
    TensorProto shape = index.constant(node.getInput(1));
    return shape != null && shape.getDimsCount() == 1 && shape.getDims(0) == 2;
  }

  /** Whether the rows of any layer so far were not in the file, so that one row was assumed. */
  public boolean guessed() {
    return guessed;
  }

  /** Names of the symbolic dimensions that were met and not given, so that 1 was assumed. */
  public Set<String> assumed() {
    return assumed;
  }

  private OptionalLong declared(GraphIndex index, String value, Axes which) {
    TypeProto.Tensor type = index.declaredType(value);
    if (type == null || !type.hasShape() || type.getShape().getDimCount() < 1) {
      return OptionalLong.empty();
    }
    int rank = type.getShape().getDimCount();
    int axes =
        switch (which) {
          case ALL_BUT_LAST -> rank - 1;
          case FIRST -> 1;
          case ALL -> rank;
        };
    long rows = 1;
    for (TensorShapeProto.Dimension dim : type.getShape().getDimList().subList(0, axes)) {
      long size = size(dim);
      if (rows > MOST_ROWS / size) {
        return OptionalLong.empty();
      }
      rows *= size;
    }
    return OptionalLong.of(rows);
  }

  private long size(TensorShapeProto.Dimension dim) {
    if (dim.getValueCase() == TensorShapeProto.Dimension.ValueCase.DIM_VALUE
        && dim.getDimValue() > 0) {
      return dim.getDimValue();
    }
    Long given = dims.get(dim.getDimParam());
    if (given == null) {
      if (!dim.getDimParam().isEmpty()) {
        assumed.add(dim.getDimParam());
      }
      return 1;
    }
    return given;
  }
}
