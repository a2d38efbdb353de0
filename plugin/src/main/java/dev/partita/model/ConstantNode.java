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
      switch (attribute.getName()) {
        case "value":
          return attribute.hasT() ? attribute.getT() : null;
        case "value_float":
          return Tensors.ofFloats("", new float[] {attribute.getF()});
        case "value_floats":
          float[] floats = new float[attribute.getFloatsCount()];
          for (int i = 0; i < floats.length; i++) {
            floats[i] = attribute.getFloats(i);
          }
          return Tensors.ofFloats("", floats, floats.length);
        case "value_int":
          return Tensors.ofLongs("", new long[] {attribute.getI()});
        case "value_ints":
          long[] longs = attribute.getIntsList().stream().mapToLong(Long::longValue).toArray();
          return Tensors.ofLongs("", longs, longs.length);
        default:
          break;
      }
    }
    return null;
  }
}
