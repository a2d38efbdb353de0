package dev.partita.corpus;

import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which values of a graph are the same in every run, however many nodes compute them. Shares no
 * code with the library, whose judgement of the same question it is held against.
 */
final class ConstantValues {

  private final Map<String, TensorProto> tensors = new HashMap<>();
  private final Map<String, NodeProto> computed = new HashMap<>();
  private final Map<String, NodeProto> producers = new HashMap<>();

  ConstantValues(GraphProto graph) {
    graph.getInitializerList().forEach(tensor -> tensors.put(tensor.getName(), tensor));
    for (NodeProto node : graph.getNodeList()) {
      node.getOutputList().forEach(value -> producers.put(value, node));
      if (isConstant(node)) {
        node.getOutputList().forEach(value -> computed.put(value, node));
      }
    }
  }

  private boolean isConstant(NodeProto node) {
    if (node.getOpType().startsWith("Random") || node.getOpType().equals("Bernoulli")) {
      return false;
    }
    boolean hasBody =
        node.getAttributeList().stream().anyMatch(a -> a.hasG() || a.getGraphsCount() > 0);
    return !hasBody
        && node.getInputList().stream().allMatch(value -> value.isEmpty() || contains(value));
  }

  /** Whether a value never changes. */
  boolean contains(String value) {
    return tensors.containsKey(value) || computed.containsKey(value);
  }

  /**
   * The element type of a constant, as in {@code TensorProto.DataType}; 0 where it is not known.
   */
  int type(String value) {
    TensorProto tensor = tensors.get(value);
    if (tensor != null) {
      return tensor.getDataType();
    }
    NodeProto node = computed.get(value);
    if (node == null) {
      return 0;
    }
    return switch (node.getOpType()) {
      case "Constant" -> constantTensor(node).map(TensorProto::getDataType).orElse(0);
      case "Cast" -> (int) integer(node, "to");
      case "DequantizeLinear" -> type(node.getInput(1));
      case "QuantizeLinear" ->
          node.getInputCount() > 2 ? type(node.getInput(2)) : TensorProto.DataType.UINT8_VALUE;
      default -> node.getInputCount() == 0 ? 0 : type(node.getInput(0));
    };
  }

  /**
   * How a value comes about, nearest node first: {@code Transpose<-DequantizeLinear<-INT8[4,8]}.
   */
  String chain(String value) {
    TensorProto tensor = tensors.get(value);
    if (tensor != null) {
      return describe(tensor);
    }
    NodeProto node = producers.get(value);
    if (node == null) {
      return "input";
    }
    Optional<TensorProto> constant = constantTensor(node);
    if (constant.isPresent()) {
      return "Constant " + describe(constant.get());
    }
    boolean goesOn = computed.containsKey(value) && node.getInputCount() > 0;
    return goesOn ? node.getOpType() + "<-" + chain(node.getInput(0)) : node.getOpType();
  }

  private static String describe(TensorProto tensor) {
    return TensorProto.DataType.forNumber(tensor.getDataType())
        + tensor.getDimsList().toString().replace(" ", "");
  }

  private static Optional<TensorProto> constantTensor(NodeProto node) {
    if (!node.getOpType().equals("Constant")) {
      return Optional.empty();
    }
    List<AttributeProto> attributes = node.getAttributeList();
    return attributes.stream().filter(AttributeProto::hasT).map(AttributeProto::getT).findFirst();
  }

  /** An integer attribute, 0 where it is absent. */
  static long integer(NodeProto node, String name) {
    return node.getAttributeList().stream()
        .filter(attribute -> attribute.getName().equals(name))
        .mapToLong(AttributeProto::getI)
        .findFirst()
        .orElse(0);
  }
}
