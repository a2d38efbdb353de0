package dev.partita.dense;

import dev.partita.dense.LayerMatch.Refused;
import dev.partita.model.ElementType;
import dev.partita.model.GraphIndex;
import dev.partita.model.Tensors;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TypeProto;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the forms share: weights, ranks, and the reasons why a value is no weight. */
final class Weights {

  private Weights() {}

  /** Why a value cannot be the weight of a dense layer; null where it can. */
  static @Nullable Refused refusal(GraphIndex index, String value) {
    TensorProto tensor = index.constant(value);
    if (tensor == null) {
      if (index.isOverridable(value)) {
        return new Refused(
            SkipReason.OVERRIDABLE_WEIGHT,
            "The weight '" + value + "' is also a graph input, so that a caller may replace it.");
      }
      return isComputedFromConstants(index, value)
          ? new Refused(
              SkipReason.COMPUTED_WEIGHT,
              "The weight '" + value + "' is computed from constants by other nodes.")
          : new Refused(
              SkipReason.DYNAMIC_WEIGHT, "The operand '" + value + "' is computed at run time.");
    }
    if (!Tensors.isFloat(tensor)) {
      return new Refused(
          SkipReason.UNSUPPORTED_TYPE,
          "The weight '" + value + "' is " + ElementType.name(tensor.getDataType()) + ".");
    }
    if (tensor.getDimsCount() != 2) {
      return new Refused(
          SkipReason.UNSUPPORTED_FORM,
          "The weight '" + value + "' has the shape " + tensor.getDimsList() + ", not a matrix.");
    }
    long larger = Math.max(tensor.getDims(0), tensor.getDims(1));
    if (larger > Integer.MAX_VALUE || Math.min(tensor.getDims(0), tensor.getDims(1)) < 1) {
      return new Refused(
          SkipReason.UNSUPPORTED_FORM,
          "The weight '" + value + "' has the shape " + tensor.getDimsList() + ".");
    }
    return null;
  }

  private static boolean isComputedFromConstants(GraphIndex index, String value) {
    List<String> open = new ArrayList<>(List.of(value));
    Set<String> seen = new HashSet<>();
    while (!open.isEmpty()) {
      String next = open.remove(open.size() - 1);
      if (!seen.add(next) || index.constant(next) != null) {
        continue;
      }
      OptionalInt producer = index.producer(next);
      if (producer.isEmpty()) {
        return false;
      }
      open.addAll(index.reads(producer.getAsInt()));
    }
    return true;
  }

  /** The matrix of a value for which there is no {@link #refusal}. */
  static WeightMatrix matrix(GraphIndex index, String value, boolean transposed) {
    TensorProto tensor = index.constant(value);
    if (tensor == null) {
      throw new IllegalArgumentException(value + " is not constant");
    }
    int rows = (int) tensor.getDims(0);
    int columns = (int) tensor.getDims(1);
    return new WeightMatrix(
        Tensors.floats(index.model(), tensor),
        transposed ? columns : rows,
        transposed ? rows : columns,
        transposed);
  }

  /** The rank of a value as far as the file tells; 0 where it does not. */
  static int rank(GraphIndex index, String value) {
    TypeProto.Tensor type = index.declaredType(value);
    if (type != null && type.hasShape()) {
      return type.getShape().getDimCount();
    }
    OptionalInt producer = index.producer(value);
    if (producer.isEmpty()) {
      return 0;
    }
    String operator = index.node(producer.getAsInt()).getOpType();
    return operator.equals("Gemm") || operator.equals("Flatten") ? 2 : 0;
  }
}
