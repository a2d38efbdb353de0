package dev.partita.dense;

import com.google.common.collect.ImmutableMap;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.TensorShapeProto;
import dev.partita.onnx.TypeProto;
import java.util.Map;
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

  private final GraphIndex index;
  private final Map<String, Long> dims;
  private final TreeSet<String> assumed = new TreeSet<>();
  private boolean guessed;

  /**
   * Rows of the layers of a model.
   *
   * @param dims sizes of symbolic dimensions by name; 1 for those that are absent
   */
  public LayerRows(GraphIndex index, Map<String, Long> dims) {
    this.index = index;
    this.dims = ImmutableMap.copyOf(dims);
  }

  /** The rows of a layer; where the file does not tell, those of the first graph input's batch. */
  public long of(DenseLayer layer) {
    String value = layer.input();
    for (int step = 0; step < MOST_STEPS; step++) {
      OptionalLong rows = declared(value);
      if (rows.isPresent()) {
        return rows.getAsLong();
      }
      // Nearly everything in front of a product keeps the leading axes of its first operand; a
      // Reshape or Gather may not, and then the guess below is as good as any.
      OptionalInt producer = index.producer(value);
      if (producer.isEmpty() || !keepsRows(producer.getAsInt())) {
        break;
      }
      value = index.node(producer.getAsInt()).getInput(0);
    }
    guessed = true;
    return 1;
  }

  /** Whether the rows of any layer so far were not in the file, so that one row was assumed. */
  public boolean guessed() {
    return guessed;
  }

  /** Names of the symbolic dimensions that were met and not given, so that 1 was assumed. */
  public Set<String> assumed() {
    return assumed;
  }

  private boolean keepsRows(int producer) {
    if (index.node(producer).getInputCount() == 0
        || index.constant(index.node(producer).getInput(0)) != null) {
      return false;
    }
    return switch (index.node(producer).getOpType()) {
      case "Reshape",
          "Gather",
          "Transpose",
          "Flatten",
          "Slice",
          "Concat",
          "Squeeze",
          "Unsqueeze",
          "Expand",
          "Split" ->
          false;
      default -> true;
    };
  }

  private OptionalLong declared(String value) {
    TypeProto.Tensor type = index.declaredType(value);
    if (type == null || !type.hasShape() || type.getShape().getDimCount() < 1) {
      return OptionalLong.empty();
    }
    long rows = 1;
    int axes = type.getShape().getDimCount() - 1;
    for (TensorShapeProto.Dimension dim : type.getShape().getDimList().subList(0, axes)) {
      rows = Math.multiplyExact(rows, size(dim));
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
