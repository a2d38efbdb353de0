package dev.partita.model;

import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.ValueInfoProto;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What must hold of a graph after every edit: each value is made once and before it is used, graph
 * inputs and outputs are the same as before, no new name hides one of a graph around it, and new
 * tensors hold what their shape and type say.
 */
public final class GraphInvariants {

  private GraphInvariants() {}

  /**
   * Checks the main graph of an edited model, and what its bodies capture of it, against the model
   * that it came from.
   *
   * @throws IllegalStateException naming the first thing that is broken
   */
  public static void check(ModelProto before, ModelProto after) {
    OnnxModel model = new OnnxModel(before, Path.of(""), 0);
    checkGraph(new GraphIndex(model), after.getGraph());
  }

  /**
   * Checks an edited graph, main or body, against the one that it came from.
   *
   * @throws IllegalStateException naming the first thing that is broken
   */
  static void checkGraph(GraphIndex original, GraphProto graph) {
    GraphProto before = original.graph();
    checkInterface(original, graph);
    Set<String> old = new HashSet<>();
    before.getInitializerList().forEach(tensor -> old.add(tensor.getName()));
    Set<String> oldValues = ScopeNames.defined(before);
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
    before.getNodeList().forEach(node -> nodeNames.add(node.getName()));
    Set<String> newNames = new HashSet<>();
    for (NodeProto node : graph.getNodeList()) {
      for (String value : GraphIndex.valuesRead(node)) {
        require(
            known.contains(value) || original.isDefinedAround(value),
            node.getName() + " reads " + value + " before it is made");
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
      require(
          known.contains(output.getName()) || original.isDefinedAround(output.getName()),
          "nothing makes output " + output.getName());
    }
    for (String value : ScopeNames.defined(graph)) {
      require(
          oldValues.contains(value) || !original.isDefinedAround(value),
          value + " hides a value of a graph around it");
    }
  }

  private static void checkInterface(GraphIndex original, GraphProto graph) {
    GraphProto before = original.graph();
    require(graph.getOutputList().equals(before.getOutputList()), "graph outputs changed");
    if (original.model().irVersion() >= 4 || !original.path().isMain()) {
      require(graph.getInputList().equals(before.getInputList()), "graph inputs changed");
    } else {
      require(realInputs(graph).equals(realInputs(before)), "graph inputs changed");
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
