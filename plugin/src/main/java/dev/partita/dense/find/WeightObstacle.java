package dev.partita.dense.find;

import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.model.Attributes;
import dev.partita.model.ElementType;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Says why a value is not a weight that is known here. */
final class WeightObstacle {

  private final GraphIndex index;
  private final String value;

  private WeightObstacle(GraphIndex index, String value) {
    this.index = index;
    this.value = value;
  }

  /** The reason; for a value that has no {@link ConstantSource}. */
  static Refused of(GraphIndex index, String value) {
    return new WeightObstacle(index, value).find();
  }

  private Refused find() {
    String root = ConstantTrace.root(index, value);
    if (index.isSparse(root)) {
      return new Refused(
          SkipReason.SPARSE_WEIGHT,
          "The weight '" + root + "' is stored as a sparse tensor; store it as a dense one.");
    }
    if (index.isOverridable(root)) {
      return new Refused(
          SkipReason.OVERRIDABLE_WEIGHT,
          "The weight '" + root + "' is also a graph input, so a caller may replace it.");
    }
    Refused type = type(root);
    Refused scales = type == null ? scales(root) : type;
    if (scales != null) {
      return scales;
    }
    return Weights.isComputedFromConstants(index, value)
        ? new Refused(
            SkipReason.COMPUTED_WEIGHT,
            "The weight '" + value + "' is computed from constants by other nodes.")
        : new Refused(
            SkipReason.DYNAMIC_WEIGHT, "The operand '" + value + "' is computed at run time.");
  }

  /** A type of elements that is not known. */
  private @Nullable Refused type(String root) {
    TensorProto tensor = index.constant(root);
    if (tensor == null
        || (ElementType.ofNumbers(tensor.getDataType()) != null && !root.equals(value))) {
      return null;
    }
    String type = ElementType.name(tensor.getDataType());
    return new Refused(
        SkipReason.UNSUPPORTED_TYPE,
        root.equals(value)
            ? "The weight '" + value + "' is " + type + "."
            : "The weight '%s' is stored in '%s' as %s, which is not supported."
                .formatted(value, root, type));
  }

  /** Scales and zero points on the way from the stored tensor that are not known. */
  private @Nullable Refused scales(String root) {
    if (index.constant(root) == null) {
      return null;
    }
    String at = value;
    while (!at.equals(root)) {
      GraphIndex definer = index.definer(at);
      OptionalInt producer = definer.producer(at);
      if (producer.isEmpty()) {
        return null;
      }
      NodeProto node = definer.node(producer.getAsInt());
      Refused found = ConstantTrace.isLinear(node) ? scales(node) : null;
      if (found != null) {
        return found;
      }
      at = node.getInput(0);
    }
    return null;
  }

  private @Nullable Refused scales(NodeProto node) {
    long block = Attributes.integer(node, "block_size", 0);
    if (block != 0) {
      return new Refused(
          SkipReason.BLOCKED_WEIGHT,
          "The weight '%s' has a scale for each block of %d numbers, which is not supported."
              .formatted(value, block));
    }
    for (int input = 1; input < Math.min(3, node.getInputCount()); input++) {
      String parameter = node.getInput(input);
      if (!parameter.isEmpty() && ConstantSource.of(index, parameter) == null) {
        Refused why = of(index, parameter);
        return new Refused(
            why.reason(),
            "The %s '%s' of the weight '%s' is not a constant that is supported: %s"
                .formatted(input == 1 ? "scale" : "zero point", parameter, value, why.detail()));
      }
    }
    return null;
  }
}
