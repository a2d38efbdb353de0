package dev.partita.dense.find;

import dev.partita.model.Domains;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TypeProto;
import dev.partita.onnx.facts.Operator;
import dev.partita.onnx.facts.Operators;
import java.util.OptionalInt;

/** Which values hold a single number, the same for every feature. */
final class Scalars {

  private static final int MOST_STEPS = 8;

  private Scalars() {}

  static boolean isScalar(GraphIndex index, String value) {
    return isScalar(index, value, MOST_STEPS);
  }

  private static boolean isScalar(GraphIndex index, String value, int steps) {
    ConstantSource constant = ConstantSource.of(index, value);
    if (constant != null) {
      return constant.isScalar();
    }
    TypeProto.Tensor type = index.declaredType(value);
    if (type != null
        && type.hasShape()
        && type.getShape().getDimList().stream().allMatch(dim -> dim.getDimValue() == 1)) {
      return true;
    }
    OptionalInt producer = index.producer(value);
    if (producer.isEmpty() || steps == 0) {
      return false;
    }
    NodeProto node = index.node(producer.getAsInt());
    if (!Domains.isDefault(node.getDomain())) {
      return false;
    }
    Operator operator = Operators.of(node);
    if (node.getOpType().equals("DynamicQuantizeLinear")) {
      return !node.getOutput(0).equals(value);
    }
    return (operator.isElementwise() || operator.isBroadcast())
        && node.getInputList().stream()
            .allMatch(input -> input.isEmpty() || isScalar(index, input, steps - 1));
  }
}
