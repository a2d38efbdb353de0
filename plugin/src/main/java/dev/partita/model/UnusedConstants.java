package dev.partita.model;

import com.google.common.collect.ImmutableSet;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.TensorAnnotation;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.ValueInfoProto;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Drops constants of a graph that an edit left without a reader, and nodes that do nothing but turn
 * such constants into others. What had none before stays, and so does what something else still
 * names: a body, an output, a quantization annotation, the training part of the model. Functions
 * cannot name a value of a graph.
 */
final class UnusedConstants {

  private UnusedConstants() {}

  /**
   * Drops from a graph that holds all its new nodes.
   *
   * @param original the graph before the edit
   * @param suspects constants of this graph that replaced nodes read, here or in bodies
   * @param model whose training part is asked
   */
  static void drop(
      GraphIndex original,
      ImmutableSet<String> suspects,
      GraphProto.Builder graph,
      ModelProto model) {
    Set<String> unused = unused(original, suspects, graph, model);
    if (unused.isEmpty()) {
      return;
    }
    List<TensorProto> kept =
        graph.getInitializerList().stream()
            .filter(tensor -> !unused.contains(tensor.getName()))
            .toList();
    if (kept.size() < graph.getInitializerCount()) {
      Set<String> dropped = new HashSet<>();
      graph.getInitializerList().forEach(tensor -> dropped.add(tensor.getName()));
      kept.forEach(tensor -> dropped.remove(tensor.getName()));
      graph.clearInitializer().addAllInitializer(kept);
      if (original.model().irVersion() < 4 && original.path().isMain()) {
        List<ValueInfoProto> inputs =
            graph.getInputList().stream().filter(i -> !dropped.contains(i.getName())).toList();
        graph.clearInput().addAllInput(inputs);
      }
    }
  }

  /** What no reader is left of; nodes that made some of it from constants are gone already. */
  private static Set<String> unused(
      GraphIndex original,
      ImmutableSet<String> suspects,
      GraphProto.Builder graph,
      ModelProto model) {
    Set<String> open = new HashSet<>(suspects);
    Set<String> ofConstants = madeOfConstants(original);
    while (true) {
      Set<String> unused = new HashSet<>(open);
      graph.getNodeList().forEach(node -> unused.removeAll(ScopeNames.read(node)));
      graph.getOutputList().forEach(output -> unused.remove(output.getName()));
      if (original.path().isMain() && !unused.isEmpty()) {
        unused.removeAll(ScopeNames.usedInTraining(model));
      }
      // A caller may set such a one at run time, so that its name is part of the interface.
      unused.removeIf(original::isOverridable);
      unused.removeAll(quantizationParameters(graph, unused));
      List<NodeProto> nodes =
          graph.getNodeList().stream()
              .filter(node -> !isUnused(node, unused, ofConstants))
              .toList();
      if (nodes.size() == graph.getNodeCount()) {
        return unused;
      }
      graph.getNodeList().stream()
          .filter(node -> isUnused(node, unused, ofConstants))
          .forEach(node -> open.addAll(node.getInputList()));
      graph.clearNode().addAllNode(nodes);
    }
  }

  /** Scales and zero points of values that stay. */
  private static Set<String> quantizationParameters(GraphProto.Builder graph, Set<String> unused) {
    Set<String> parameters = new HashSet<>();
    for (TensorAnnotation annotation : graph.getQuantizationAnnotationList()) {
      if (!unused.contains(annotation.getTensorName())) {
        annotation.getQuantParameterTensorNamesList().stream()
            .map(StringStringEntryProto::getValue)
            .forEach(parameters::add);
      }
    }
    return parameters;
  }

  /** Whether a node is a Constant, or makes what it makes of constants, and nothing reads that. */
  private static boolean isUnused(NodeProto node, Set<String> unused, Set<String> ofConstants) {
    return (ConstantNode.tensor(node) != null || ofConstants.containsAll(node.getOutputList()))
        && unused.containsAll(node.getOutputList());
  }

  /** Values that nodes of the original make of constants alone. */
  private static Set<String> madeOfConstants(GraphIndex original) {
    Set<String> made = new HashSet<>();
    for (int i = 0; i < original.size(); i++) {
      NodeProto node = original.node(i);
      boolean constant =
          node.getInputCount() > 0
              && original.reads(i).stream()
                  .allMatch(value -> made.contains(value) || original.constant(value) != null);
      if (constant) {
        made.addAll(node.getOutputList());
      }
    }
    return made;
  }
}
