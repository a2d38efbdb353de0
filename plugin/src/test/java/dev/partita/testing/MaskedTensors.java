package dev.partita.testing;

import com.google.protobuf.ByteString;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What training under masks leaves: stored tensors with zeros where their masks have them. */
public final class MaskedTensors {

  private final Map<String, byte[]> masks;
  private final Set<String> found = new HashSet<>();

  private MaskedTensors(Map<String, byte[]> masks) {
    this.masks = masks;
  }

  /**
   * Zeroes elements of initializers and of Constant nodes' tensors, in bodies as well.
   *
   * @param masks by the tensor's name, one byte for each element
   */
  public static ModelProto apply(ModelProto model, Map<String, byte[]> masks) {
    MaskedTensors masked = new MaskedTensors(masks);
    ModelProto result = model.toBuilder().setGraph(masked.graph(model.getGraph())).build();
    if (!masked.found.equals(masks.keySet())) {
      throw new IllegalArgumentException(masks.keySet() + " asked for, found " + masked.found);
    }
    return result;
  }

  private GraphProto graph(GraphProto of) {
    GraphProto.Builder graph = of.toBuilder();
    for (TensorProto.Builder tensor : graph.getInitializerBuilderList()) {
      mask(tensor.getName(), tensor);
    }
    for (NodeProto.Builder node : graph.getNodeBuilderList()) {
      for (AttributeProto.Builder attribute : node.getAttributeBuilderList()) {
        if (attribute.hasG()) {
          attribute.setG(graph(attribute.getG()));
        } else if (attribute.hasT() && node.getOpType().equals("Constant")) {
          mask(node.getOutput(0), attribute.getTBuilder());
        }
      }
    }
    return graph.build();
  }

  private void mask(String name, TensorProto.Builder tensor) {
    byte[] mask = masks.get(name);
    if (mask == null) {
      return;
    }
    found.add(name);
    byte[] bytes = tensor.getRawData().toByteArray();
    int width = bytes.length / mask.length;
    if (width == 0 || bytes.length != width * mask.length) {
      throw new IllegalArgumentException(name + " holds " + bytes.length + " bytes");
    }
    for (int i = 0; i < bytes.length; i++) {
      // All bits of a floating-point zero are.
      bytes[i] = mask[i / width] == 0 ? 0 : bytes[i];
    }
    tensor.setRawData(ByteString.copyFrom(bytes));
  }
}
