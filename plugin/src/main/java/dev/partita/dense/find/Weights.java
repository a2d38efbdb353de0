package dev.partita.dense.find;

import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.model.GraphIndex;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the forms share: the weight, or the reason why a value is none. */
final class Weights {

  private Weights() {}

  /** A weight, or why there is none. */
  record Found(@Nullable WeightMatrix matrix, @Nullable Refused refusal) {
    WeightMatrix weights() {
      if (matrix == null) {
        throw new IllegalStateException("no weight");
      }
      return matrix;
    }
  }

  /**
   * Looks for the weight of a node.
   *
   * @param integers whether the node multiplies whole numbers
   */
  static Found find(GraphIndex index, int position, Operands operands, boolean integers) {
    String value = index.node(position).getInput(operands.weight());
    ConstantSource source = ConstantSource.of(index, value);
    Refused refusal =
        source == null ? WeightObstacle.of(index, value) : refusal(source, operands, integers);
    return source == null || refusal != null
        ? new Found(null, refusal)
        : new Found(WeightMatrix.of(index.model(), source, operands), null);
  }

  private static @Nullable Refused refusal(
      ConstantSource source, Operands operands, boolean integers) {
    String value = source.value();
    if (source.format().isFloating() == integers) {
      return new Refused(
          SkipReason.UNSUPPORTED_TYPE,
          "The weight '" + value + "' is " + source.format().name() + ".");
    }
    if (!WeightMatrix.holdsMatrix(source, operands)) {
      return new Refused(
          SkipReason.UNSUPPORTED_FORM,
          "The weight '" + value + "' has the shape " + source.dims() + ", not a matrix.");
    }
    return null;
  }

  /** Whether a value is the same in each run. */
  static boolean isConstant(GraphIndex index, String value) {
    return index.constant(value) != null
        || index.isSparse(value)
        || isComputedFromConstants(index, value);
  }

  static boolean isComputedFromConstants(GraphIndex index, String value) {
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
}
