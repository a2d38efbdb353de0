package dev.partita.dense;

import com.google.common.collect.ImmutableList;
import dev.partita.model.Domains;
import dev.partita.model.ElementType;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.facts.OperatorFacts;
import org.jspecify.annotations.Nullable;

/** Which nodes keep features apart along the last axis. */
final class FeatureWise {

  private FeatureWise() {}

  /**
   * The operands that carry features, each once; null where the node mixes features, has subgraphs,
   * or could be run in a way that depends on more than one place.
   */
  static @Nullable ImmutableList<String> operands(GraphIndex index, int position) {
    NodeProto node = index.node(position);
    String operator = node.getOpType();
    if (!Domains.isDefault(node.getDomain()) || node.getInputCount() == 0) {
      return null;
    }
    if (OperatorFacts.isFeatureWiseUnary(operator)) {
      return unary(index, node);
    }
    if (!OperatorFacts.isFeatureWiseBinary(operator)
        || index.model().opset() < OperatorFacts.NUMPY_BROADCAST_SINCE) {
      return null;
    }
    ImmutableList<String> computed =
        node.getInputList().stream()
            .filter(value -> index.constant(value) == null)
            .distinct()
            .collect(ImmutableList.toImmutableList());
    boolean slopeFirst = operator.equals("PRelu") && index.constant(node.getInput(0)) != null;
    return computed.isEmpty() || slopeFirst ? null : computed;
  }

  private static @Nullable ImmutableList<String> unary(GraphIndex index, NodeProto node) {
    // Limits of Clip, ratio of Dropout: parameters that have to be known and the same everywhere.
    for (int i = 1; i < node.getInputCount(); i++) {
      String parameter = node.getInput(i);
      if (parameter.isEmpty()) {
        continue;
      }
      TensorProto tensor = index.constant(parameter);
      if (tensor == null || Bias.kindOf(tensor) != Bias.Kind.SCALAR) {
        return null;
      }
    }
    boolean training = node.getOpType().equals("Dropout") && node.getInputCount() > 2;
    boolean mask =
        node.getOutputCount() > 1
            && node.getOutputList().stream()
                .skip(1)
                .anyMatch(v -> !index.consumers(v).isEmpty() || index.isOutput(v));
    return training || mask ? null : ImmutableList.of(node.getInput(0));
  }

  /**
   * Whether a constant operand fits {@code features} along the last axis without widening it, and
   * leaves the rank as it is.
   */
  static boolean constantsFit(GraphIndex index, int position, int features, int rank) {
    for (String value : index.node(position).getInputList()) {
      TensorProto tensor = value.isEmpty() ? null : index.constant(value);
      if (tensor == null) {
        continue;
      }
      int dims = tensor.getDimsCount();
      long last = dims == 0 ? 1 : tensor.getDims(dims - 1);
      boolean cuttable = last == 1 || ElementType.bits(tensor.getDataType()) >= 8;
      if (!cuttable || (last != 1 && last != features) || dims > Math.max(rank, 2)) {
        return false;
      }
    }
    return true;
  }
}
