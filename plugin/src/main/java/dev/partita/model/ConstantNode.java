package dev.partita.model;

import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import org.jspecify.annotations.Nullable;

/** Reads Constant nodes. */
final class ConstantNode {

  private ConstantNode() {}

  /** The tensor of a Constant node in tensor, float or int form; null for any other node. */
  static @Nullable TensorProto tensor(NodeProto node) {
    if (!node.getOpType().equals("Constant") || !Domains.isDefault(node.getDomain())) {
      return null;
    }
    for (AttributeProto attribute : node.getAttributeList()) {
      TensorProto tensor =
          switch (attribute.getName()) {
            case "value" -> attribute.hasT() ? attribute.getT() : null;
            case "value_float" -> Tensors.ofFloats("", new float[] {attribute.getF()});
            case "value_floats" -> floats(attribute);
            case "value_int" -> Tensors.ofLongs("", new long[] {attribute.getI()});
            case "value_ints" -> longs(attribute);
            default -> null;
          };
      if (tensor != null) {
        return tensor;
      }
    }
    return null;
  }

  /** Whether a node is a Constant that holds a sparse tensor. */
  static boolean isSparse(NodeProto node) {
    return node.getOpType().equals("Constant")
        && Domains.isDefault(node.getDomain())
        && node.getAttributeList().stream().anyMatch(AttributeProto::hasSparseTensor);
  }

  private static TensorProto floats(AttributeProto attribute) {
    float[] values = new float[attribute.getFloatsCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = attribute.getFloats(i);
    }
    return Tensors.ofFloats("", values, values.length);
  }

  private static TensorProto longs(AttributeProto attribute) {
    long[] values = attribute.getIntsList().stream().mapToLong(Long::longValue).toArray();
    return Tensors.ofLongs("", values, values.length);
  }
}
