package dev.partita.model;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TypeProto;
import dev.partita.onnx.ValueInfoProto;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** Cuts a model down to what some of its values need. */
public final class Subgraph {

  /** Operators whose results may be something else than a tensor. */
  private static final ImmutableSet<String> NO_TENSOR =
      ImmutableSet.of("If", "Loop", "Scan", "Optional", "OptionalGetElement", "ZipMap");

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
   * @param given values that become inputs next to the graph's own where they are needed, with
   *     their types as ONNX numbers them; none that is a graph input already
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
        (name, type) -> {
          if (seen.contains(name)) {
            cut.addInput(input(name, type));
          }
        });
    for (String value : values) {
      cut.addOutput(ValueInfoProto.newBuilder().setName(value));
    }
    return index.model().withProto(index.model().proto().toBuilder().setGraph(cut).build());
  }

  /**
   * Values and what else is computed for them from given ones that other nodes read as well, such
   * as the sum of a residual stream: the next region is reached from there.
   */
  public static ImmutableList<String> withLive(
      GraphIndex index, Map<String, Integer> given, Set<String> values) {
    OnnxModel part = between(index, given, List.copyOf(values));
    ImmutableSet<String> computed = computed(part);
    Set<String> fromGiven = new HashSet<>(given.keySet());
    Set<String> all = new LinkedHashSet<>(values);
    for (NodeProto node : part.proto().getGraph().getNodeList()) {
      if (node.getInputList().stream().anyMatch(fromGiven::contains)) {
        fromGiven.addAll(node.getOutputList());
      }
    }
    computed.stream()
        .filter(value -> fromGiven.contains(value) && isTensor(index, value))
        .filter(
            value ->
                index.consumers(value).stream()
                    .anyMatch(node -> !computed.containsAll(index.node(node).getOutputList())))
        .sorted()
        .forEach(all::add);
    return ImmutableList.copyOf(all);
  }

  /** Whether a node makes a tensor, as far as its operator tells. */
  private static boolean isTensor(GraphIndex index, String value) {
    return index.producer(value).stream()
        .mapToObj(index::operator)
        .noneMatch(operator -> operator.contains("Sequence") || NO_TENSOR.contains(operator));
  }

  /** What the nodes of a model make. */
  public static ImmutableSet<String> computed(OnnxModel model) {
    return model.proto().getGraph().getNodeList().stream()
        .flatMap(node -> node.getOutputList().stream())
        .collect(ImmutableSet.toImmutableSet());
  }

  /** What a model reads. */
  public static ImmutableSet<String> inputs(OnnxModel model) {
    return model.proto().getGraph().getInputList().stream()
        .map(ValueInfoProto::getName)
        .collect(ImmutableSet.toImmutableSet());
  }

  private static ValueInfoProto input(String name, int type) {
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder().setTensorType(TypeProto.Tensor.newBuilder().setElemType(type)))
        .build();
  }

  /** A node that makes a given value in addition to a needed one makes it under no name. */
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
