package dev.partita.model;

import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.ValueInfoProto;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Carries out a {@link GraphEdit}, and drops what nothing needs any more because of it. */
public final class GraphEditor {

  private GraphEditor() {}

  /**
   * The edited model; the given one is untouched.
   *
   * @throws IllegalStateException if the result would break an invariant ({@link GraphInvariants})
   */
  public static OnnxModel apply(GraphIndex index, GraphEdit edit) {
    OnnxModel model = index.model();
    if (edit.isEmpty()) {
      return model;
    }
    GraphProto before = model.proto().getGraph();
    GraphProto.Builder graph = before.toBuilder().clearNode();
    for (int i = 0; i < before.getNodeCount(); i++) {
      if (edit.replaced().contains(i)) {
        graph.addAllNode(edit.replacements().get(i));
      } else {
        graph.addNode(before.getNode(i));
      }
    }
    graph.addAllInitializer(edit.initializers());
    dropUnused(index, edit, graph);
    dropStaleValueInfo(graph);
    ModelProto edited = model.proto().toBuilder().setGraph(graph).build();
    GraphInvariants.check(model.proto(), edited);
    return model.withProto(edited);
  }

  private static void dropUnused(GraphIndex index, GraphEdit edit, GraphProto.Builder graph) {
    Set<String> suspects = new HashSet<>();
    edit.replaced().forEach(node -> suspects.addAll(index.reads(node)));
    Set<String> used = new HashSet<>();
    graph.getNodeList().forEach(node -> used.addAll(GraphIndex.valuesRead(node)));
    graph.getOutputList().forEach(output -> used.add(output.getName()));
    suspects.removeAll(used);
    if (suspects.isEmpty()) {
      return;
    }
    List<TensorProto> kept =
        graph.getInitializerList().stream()
            .filter(tensor -> !suspects.contains(tensor.getName()) || isFree(index, tensor))
            .toList();
    Set<String> dropped = new HashSet<>();
    graph.getInitializerList().forEach(tensor -> dropped.add(tensor.getName()));
    kept.forEach(tensor -> dropped.remove(tensor.getName()));
    graph.clearInitializer().addAllInitializer(kept);
    if (index.model().irVersion() < 4) {
      List<ValueInfoProto> inputs =
          graph.getInputList().stream().filter(i -> !dropped.contains(i.getName())).toList();
      graph.clearInput().addAllInput(inputs);
    }
    List<NodeProto> nodes =
        graph.getNodeList().stream().filter(node -> !isUnusedConstant(node, suspects)).toList();
    graph.clearNode().addAllNode(nodes);
  }

  /** A caller may set this one at run time, so that its name is part of the interface. */
  private static boolean isFree(GraphIndex index, TensorProto tensor) {
    return index.isOverridable(tensor.getName());
  }

  private static boolean isUnusedConstant(NodeProto node, Set<String> suspects) {
    return ConstantNode.tensor(node) != null && suspects.containsAll(node.getOutputList());
  }

  private static void dropStaleValueInfo(GraphProto.Builder graph) {
    Set<String> values = new HashSet<>();
    graph.getNodeList().forEach(node -> values.addAll(node.getOutputList()));
    graph.getInitializerList().forEach(tensor -> values.add(tensor.getName()));
    graph.getInputList().forEach(input -> values.add(input.getName()));
    List<ValueInfoProto> kept =
        graph.getValueInfoList().stream().filter(v -> values.contains(v.getName())).toList();
    if (kept.size() != graph.getValueInfoCount()) {
      graph.clearValueInfo().addAllValueInfo(kept);
    }
  }
}
