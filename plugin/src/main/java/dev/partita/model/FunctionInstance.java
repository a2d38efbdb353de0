package dev.partita.model;

import com.google.common.collect.ImmutableList;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.NodeDeviceConfigurationProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.ShardingSpecProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.TensorAnnotation;
import dev.partita.onnx.ValueInfoProto;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one call of a function means: its nodes, with the caller's values and attributes.
 *
 * <pre>
 *   y = Layer(x, w) {alpha: 2}        Layer(a, b) {alpha = 1}: h = Gemm(a, b) {alpha: @alpha}
 *                                                              c = Relu(h)
 *   becomes   y/h = Gemm(x, w) {alpha: 2};  y = Relu(y/h)
 * </pre>
 *
 * What the function says of itself (doc string, metadata) has no place in the graph; what its nodes
 * say of themselves stays on them. Must only be asked of functions without a {@link
 * FunctionObstacle}.
 */
final class FunctionInstance {

  private final FunctionProto function;
  private final NodeProto call;

  private FunctionInstance(FunctionProto function, NodeProto call) {
    this.function = function;
    this.call = call;
  }

  /**
   * The parts of a graph that replace a call.
   *
   * @param nodes in topological order if the function's are
   * @param types what the function declares of values in it
   */
  record Parts(ImmutableList<NodeProto> nodes, ImmutableList<ValueInfoProto> types) {}

  /**
   * Replaces a call.
   *
   * @param prefix of every new name
   */
  static Parts of(FunctionProto function, NodeProto call, String prefix, Names names) {
    return new FunctionInstance(function, call).parts(FunctionScope.of(names, prefix));
  }

  private Parts parts(FunctionScope scope) {
    for (int i = 0; i < function.getInputCount(); i++) {
      scope.bind(function.getInput(i), i < call.getInputCount() ? call.getInput(i) : "");
    }
    ImmutableList.Builder<NodeProto> handedThrough = ImmutableList.builder();
    for (int i = 0; i < call.getOutputCount(); i++) {
      String value = function.getOutput(i);
      String wanted = call.getOutput(i);
      if (wanted.isEmpty()) {
        continue;
      }
      if (scope.defines(value)) {
        handedThrough.add(
            Nodes.of("Identity", scope.fresh("Identity"), List.of(scope.get(value)), wanted));
      } else {
        scope.bind(value, wanted);
      }
    }
    define(function.getNodeList(), scope);
    ImmutableList.Builder<NodeProto> nodes = ImmutableList.builder();
    for (int i = 0; i < function.getNodeCount(); i++) {
      nodes.add(node(function.getNode(i), i, scope));
    }
    ImmutableList.Builder<ValueInfoProto> types = ImmutableList.builder();
    for (ValueInfoProto info : function.getValueInfoList()) {
      // Of its inputs the graph around the call knows more, and of a name it lacks nothing is said.
      boolean inner =
          scope.defines(info.getName()) && !function.getInputList().contains(info.getName());
      if (inner) {
        types.add(value(info, scope));
      }
    }
    return new Parts(nodes.addAll(handedThrough.build()).build(), types.build());
  }

  private static void define(List<NodeProto> nodes, FunctionScope scope) {
    nodes.forEach(node -> node.getOutputList().forEach(scope::define));
  }

  private NodeProto node(NodeProto node, int position, FunctionScope scope) {
    NodeProto.Builder changed = node.toBuilder().clearAttribute();
    String name = node.getName().isEmpty() ? node.getOpType() + "#" + position : node.getName();
    changed.setName(scope.fresh(name));
    for (int i = 0; i < node.getInputCount(); i++) {
      changed.setInput(i, scope.get(node.getInput(i)));
    }
    for (int i = 0; i < node.getOutputCount(); i++) {
      changed.setOutput(i, scope.get(node.getOutput(i)));
    }
    for (AttributeProto attribute : node.getAttributeList()) {
      AttributeProto resolved = attribute(attribute, scope);
      if (resolved != null) {
        changed.addAttribute(resolved);
      }
    }
    for (NodeDeviceConfigurationProto.Builder device :
        changed.getDeviceConfigurationsBuilderList()) {
      for (ShardingSpecProto.Builder spec : device.getShardingSpecBuilderList()) {
        spec.setTensorName(scope.get(spec.getTensorName()));
      }
    }
    return changed.build();
  }

  /** Null where it refers to an attribute that the call leaves out and that has no default. */
  private @Nullable AttributeProto attribute(AttributeProto attribute, FunctionScope scope) {
    if (!attribute.getRefAttrName().isEmpty()) {
      AttributeProto value = Attributes.of(call, attribute.getRefAttrName());
      for (AttributeProto absent : function.getAttributeProtoList()) {
        if (value == null && absent.getName().equals(attribute.getRefAttrName())) {
          value = absent;
        }
      }
      // A graph in it is the caller's, and sees the caller's values under their own names.
      return value == null ? null : value.toBuilder().setName(attribute.getName()).build();
    }
    if (!attribute.hasG() && attribute.getGraphsCount() == 0) {
      return attribute;
    }
    AttributeProto.Builder changed = attribute.toBuilder();
    if (attribute.hasG()) {
      changed.setG(body(attribute.getG(), scope));
    }
    for (int i = 0; i < attribute.getGraphsCount(); i++) {
      changed.setGraphs(i, body(attribute.getGraphs(i), scope));
    }
    return changed.build();
  }

  private GraphProto body(GraphProto graph, FunctionScope around) {
    FunctionScope scope = around.inner();
    Set<String> own = new HashSet<>(ScopeNames.defined(graph));
    ScopeNames.defined(graph).forEach(scope::define);
    GraphProto.Builder changed = graph.toBuilder().clearValueInfo().clearNode();
    for (int i = 0; i < graph.getInputCount(); i++) {
      changed.setInput(i, value(graph.getInput(i), scope));
    }
    for (int i = 0; i < graph.getOutputCount(); i++) {
      changed.setOutput(i, value(graph.getOutput(i), scope));
    }
    graph.getValueInfoList().stream()
        .filter(info -> own.contains(info.getName()))
        .forEach(info -> changed.addValueInfo(value(info, scope)));
    changed
        .getInitializerBuilderList()
        .forEach(tensor -> tensor.setName(scope.get(tensor.getName())));
    changed
        .getSparseInitializerBuilderList()
        .forEach(
            sparse -> sparse.getValuesBuilder().setName(scope.get(sparse.getValues().getName())));
    for (int i = 0; i < graph.getNodeCount(); i++) {
      changed.addNode(node(graph.getNode(i), i, scope));
    }
    for (TensorAnnotation.Builder annotation : changed.getQuantizationAnnotationBuilderList()) {
      annotation.setTensorName(scope.get(annotation.getTensorName()));
      for (StringStringEntryProto.Builder parameter :
          annotation.getQuantParameterTensorNamesBuilderList()) {
        parameter.setValue(scope.get(parameter.getValue()));
      }
    }
    return changed.build();
  }

  private static ValueInfoProto value(ValueInfoProto info, FunctionScope scope) {
    ValueInfoProto.Builder changed = info.toBuilder().setName(scope.get(info.getName()));
    if (info.hasType()) {
      changed.setType(TypeSymbols.renamed(info.getType(), scope::prefixed));
    }
    return changed.build();
  }
}
