package dev.partita.model;

import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ValueInfoProto;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Cuts a model down to what some of its values need. */
public final class Subgraph {

  private Subgraph() {}

  /**
   * A model that computes values of the main graph, with the same graph inputs.
   *
   * @param values become the graph outputs, in this order, their types left to the runtime; no
   *     graph input among them
   */
  public static OnnxModel computing(GraphIndex index, List<String> values) {
    GraphProto graph = index.model().proto().getGraph();
    GraphProto.Builder cut =
        graph.toBuilder().clearNode().clearInitializer().clearOutput().clearValueInfo();
    Set<String> read = new HashSet<>(values);
    index.ancestors(values).stream()
        .sorted()
        .forEach(
            node -> {
              cut.addNode(index.node(node));
              read.addAll(index.reads(node));
            });
    graph.getInitializerList().stream()
        .filter(tensor -> read.contains(tensor.getName()))
        .forEach(cut::addInitializer);
    for (String value : values) {
      cut.addOutput(ValueInfoProto.newBuilder().setName(value));
    }
    return index.model().withProto(index.model().proto().toBuilder().setGraph(cut).build());
  }
}
