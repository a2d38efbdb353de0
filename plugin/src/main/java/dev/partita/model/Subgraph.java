package dev.partita.model;

import dev.partita.onnx.GraphProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TypeProto;
import dev.partita.onnx.ValueInfoProto;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

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

  /**
   * A model that computes values of the main graph from others, whatever those are made of.
   *
   * @param given values that become inputs beside the graph's own, with their types as ONNX numbers
   *     them; none that is a graph input already
   * @param values become the graph outputs; none that is given
   */
  public static OnnxModel between(
      GraphIndex index, Map<String, Integer> given, List<String> values) {
    Set<Integer> needed = new TreeSet<>();
    Set<String> seen = new HashSet<>(values);
    Deque<String> open = new ArrayDeque<>(values);
    while (!open.isEmpty()) {
      String value = open.remove();
      OptionalInt producer = given.containsKey(value) ? OptionalInt.empty() : index.producer(value);
      if (producer.isPresent() && needed.add(producer.getAsInt())) {
        index.reads(producer.getAsInt()).stream().filter(seen::add).forEach(open::add);
      }
    }
    GraphProto graph = index.model().proto().getGraph();
    GraphProto.Builder cut =
        graph.toBuilder().clearNode().clearInitializer().clearOutput().clearValueInfo();
    for (int node : needed) {
      cut.addNode(withoutOutputs(index.node(node), given.keySet()));
    }
    graph.getInitializerList().stream()
        .filter(tensor -> seen.contains(tensor.getName()))
        .forEach(cut::addInitializer);
    given.forEach(
        (name, type) ->
            cut.addInput(
                ValueInfoProto.newBuilder()
                    .setName(name)
                    .setType(
                        TypeProto.newBuilder()
                            .setTensorType(TypeProto.Tensor.newBuilder().setElemType(type)))));
    for (String value : values) {
      cut.addOutput(ValueInfoProto.newBuilder().setName(value));
    }
    return index.model().withProto(index.model().proto().toBuilder().setGraph(cut).build());
  }

  /** A node that makes a given value beside one that is needed makes it under no name. */
  private static NodeProto withoutOutputs(NodeProto node, Set<String> given) {
    NodeProto.Builder kept = node.toBuilder();
    for (int i = 0; i < node.getOutputCount(); i++) {
      if (given.contains(node.getOutput(i))) {
        kept.setOutput(i, node.getOutput(i) + "/given");
      }
    }
    return kept.build();
  }
}
