package dev.partita.model;

import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.ValueInfoProto;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What must hold of a graph after every edit: each value is made once and before it is used, graph
 * inputs and outputs are the same as before, and new tensors hold what their shape and type say.
 */
public final class GraphInvariants {

  private GraphInvariants() {}

  /**
   * Checks an edited model against the one it came from.
   *
   * @throws IllegalStateException naming the first thing that is broken
   */
  public static void check(ModelProto before, ModelProto after) {
    GraphProto graph = after.getGraph();
    checkInterface(before, graph);
    Set<String> old = new HashSet<>();
    before.getGraph().getInitializerList().forEach(tensor -> old.add(tensor.getName()));
    Set<String> known = new HashSet<>();
    graph.getInputList().forEach(input -> known.add(input.getName()));
    Set<String> initializers = new HashSet<>();
    for (TensorProto tensor : graph.getInitializerList()) {
      require(initializers.add(tensor.getName()), "initializer twice: " + tensor.getName());
      if (!old.contains(tensor.getName())) {
        checkBytes(tensor);
      }
    }
    known.addAll(initializers);
    graph.getSparseInitializerList().forEach(sparse -> known.add(sparse.getValues().getName()));
    Set<String> made = new HashSet<>();
    Set<String> nodeNames = new HashSet<>();
    before.getGraph().getNodeList().forEach(node -> nodeNames.add(node.getName()));
    Set<String> newNames = new HashSet<>();
    for (NodeProto node : graph.getNodeList()) {
      for (String value : GraphIndex.valuesRead(node)) {
        require(known.contains(value), node.getName() + " reads " + value + " before it is made");
      }
      for (String value : node.getOutputList()) {
        if (!value.isEmpty()) {
          require(made.add(value), "value made twice: " + value);
          require(!initializers.contains(value), "value and initializer share a name: " + value);
          known.add(value);
        }
      }
      if (!nodeNames.contains(node.getName())) {
        require(newNames.add(node.getName()), "new node name twice: " + node.getName());
      }
    }
    for (ValueInfoProto output : graph.getOutputList()) {
      require(known.contains(output.getName()), "nothing makes output " + output.getName());
    }
  }

  private static void checkInterface(ModelProto before, GraphProto graph) {
    require(
        graph.getOutputList().equals(before.getGraph().getOutputList()), "graph outputs changed");
    if (before.getIrVersion() >= 4) {
      require(
          graph.getInputList().equals(before.getGraph().getInputList()), "graph inputs changed");
    } else {
      List<ValueInfoProto> real = realInputs(before.getGraph());
      require(realInputs(graph).equals(real), "graph inputs changed");
    }
  }

  private static List<ValueInfoProto> realInputs(GraphProto graph) {
    Set<String> constants = new HashSet<>();
    graph.getInitializerList().forEach(tensor -> constants.add(tensor.getName()));
    return graph.getInputList().stream().filter(i -> !constants.contains(i.getName())).toList();
  }

  private static void checkBytes(TensorProto tensor) {
    long needed = Tensors.byteSize("new tensor", tensor);
    require(
        !tensor.hasRawData() || tensor.getRawData().size() == needed,
        "new tensor " + tensor.getName() + " has the wrong length");
  }

  private static void require(boolean holds, String broken) {
    if (!holds) {
      throw new IllegalStateException("the edit breaks the graph: " + broken);
    }
  }
}
