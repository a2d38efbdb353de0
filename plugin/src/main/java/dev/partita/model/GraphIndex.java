package dev.partita.model;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TypeProto;
import dev.partita.onnx.ValueInfoProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who produces and who consumes each value of a model's main graph. Nodes are named by their index
 * in the graph's list, which is a topological order.
 */
public final class GraphIndex {

  private final OnnxModel model;
  private final ImmutableList<ImmutableSet<String>> reads;
  private final ImmutableMap<String, Integer> producers;
  private final ImmutableListMultimap<String, Integer> consumers;
  private final ImmutableMap<String, TensorProto> initializers;
  private final ImmutableMap<String, ValueInfoProto> types;
  private final ImmutableSet<String> inputs;
  private final ImmutableSet<String> outputs;

  /** Indexes the main graph of a model. */
  public GraphIndex(OnnxModel model) {
    this.model = model;
    GraphProto graph = model.proto().getGraph();
    Map<String, Integer> producing = new HashMap<>();
    ImmutableListMultimap.Builder<String, Integer> consuming = ImmutableListMultimap.builder();
    ImmutableList.Builder<ImmutableSet<String>> reading = ImmutableList.builder();
    for (int i = 0; i < graph.getNodeCount(); i++) {
      NodeProto node = graph.getNode(i);
      ImmutableSet<String> read = valuesRead(node);
      reading.add(read);
      for (String value : read) {
        consuming.put(value, i);
      }
      for (String value : node.getOutputList()) {
        if (!value.isEmpty()) {
          producing.putIfAbsent(value, i);
        }
      }
    }
    this.reads = reading.build();
    this.producers = ImmutableMap.copyOf(producing);
    this.consumers = consuming.build();
    Map<String, TensorProto> tensors = new HashMap<>();
    graph.getInitializerList().forEach(tensor -> tensors.putIfAbsent(tensor.getName(), tensor));
    this.initializers = ImmutableMap.copyOf(tensors);
    this.inputs =
        graph.getInputList().stream()
            .map(ValueInfoProto::getName)
            .collect(ImmutableSet.toImmutableSet());
    this.outputs =
        graph.getOutputList().stream()
            .map(ValueInfoProto::getName)
            .collect(ImmutableSet.toImmutableSet());
    Map<String, ValueInfoProto> infos = new HashMap<>();
    graph.getValueInfoList().forEach(info -> infos.put(info.getName(), info));
    graph.getInputList().forEach(info -> infos.put(info.getName(), info));
    graph.getOutputList().forEach(info -> infos.put(info.getName(), info));
    this.types = ImmutableMap.copyOf(infos);
  }

  /** Every value that a node reads, those captured by its subgraphs included. */
  public static ImmutableSet<String> valuesRead(NodeProto node) {
    Set<String> read = new LinkedHashSet<>();
    addReads(node, read);
    return ImmutableSet.copyOf(read);
  }

  private static void addReads(NodeProto node, Set<String> read) {
    for (String value : node.getInputList()) {
      if (!value.isEmpty()) {
        read.add(value);
      }
    }
    for (AttributeProto attribute : node.getAttributeList()) {
      if (attribute.hasG()) {
        addReads(attribute.getG(), read);
      }
      attribute.getGraphsList().forEach(graph -> addReads(graph, read));
    }
  }

  private static void addReads(GraphProto body, Set<String> read) {
    Set<String> inside = new LinkedHashSet<>();
    body.getNodeList().forEach(node -> addReads(node, inside));
    body.getOutputList().forEach(output -> inside.add(output.getName()));
    // What the body makes itself does not come from outside. A name used before it is made would
    // be captured, but a valid graph never assigns an outer name again.
    body.getNodeList().forEach(node -> inside.removeAll(node.getOutputList()));
    body.getInputList().forEach(input -> inside.remove(input.getName()));
    body.getInitializerList().forEach(tensor -> inside.remove(tensor.getName()));
    body.getSparseInitializerList().forEach(sparse -> inside.remove(sparse.getValues().getName()));
    read.addAll(inside);
  }

  /** The indexed model. */
  public OnnxModel model() {
    return model;
  }

  /** The number of nodes of the main graph. */
  public int size() {
    return reads.size();
  }

  /** A node of the main graph. */
  public NodeProto node(int index) {
    return model.proto().getGraph().getNode(index);
  }

  /** What a person calls a node: its name, or operator and position where it has none. */
  public String nodeName(int index) {
    NodeProto node = node(index);
    return node.getName().isEmpty() ? node.getOpType() + "#" + index : node.getName();
  }

  /** The values a node reads, captured ones included. */
  public ImmutableSet<String> reads(int index) {
    return reads.get(index);
  }

  /** The node that makes a value; empty for graph inputs and initializers. */
  public OptionalInt producer(String value) {
    Integer index = producers.get(value);
    return index == null ? OptionalInt.empty() : OptionalInt.of(index);
  }

  /** The nodes that read a value, each once, in graph order. */
  public ImmutableList<Integer> consumers(String value) {
    return consumers.get(value);
  }

  /** Whether a value is an output of the graph. */
  public boolean isOutput(String value) {
    return outputs.contains(value);
  }

  /** Whether a value is an input of the graph, overridable initializers included. */
  public boolean isInput(String value) {
    return inputs.contains(value);
  }

  /**
   * The tensor that a value always holds: an initializer that no caller can override, or the output
   * of a Constant node. Null for everything else, constants in other than tensor form too.
   */
  public @Nullable TensorProto constant(String value) {
    TensorProto tensor = initializers.get(value);
    if (tensor != null) {
      // Below IR 4 every initializer had to be listed as an input as well.
      return inputs.contains(value) && model.irVersion() >= 4 ? null : tensor;
    }
    Integer producer = producers.get(value);
    return producer == null ? null : ConstantNode.tensor(node(producer));
  }

  /** Whether a value is an initializer that a caller may replace at run time (IR 4 and later). */
  public boolean isOverridable(String value) {
    return initializers.containsKey(value) && constant(value) == null;
  }

  /** The declared type and shape of a value; null where the file declares none. */
  public TypeProto.@Nullable Tensor declaredType(String value) {
    ValueInfoProto info = types.get(value);
    return info == null || !info.getType().hasTensorType() ? null : info.getType().getTensorType();
  }

  /** Names of everything in the main graph, for finding fresh ones. */
  ImmutableSet<String> allNames() {
    ImmutableSet.Builder<String> names = ImmutableSet.builder();
    names.addAll(producers.keySet()).addAll(initializers.keySet()).addAll(inputs);
    List<GraphProto> graphs = new ArrayList<>(List.of(model.proto().getGraph()));
    while (!graphs.isEmpty()) {
      GraphProto graph = graphs.remove(graphs.size() - 1);
      for (NodeProto node : graph.getNodeList()) {
        names.add(node.getName()).addAll(node.getOutputList());
        for (AttributeProto attribute : node.getAttributeList()) {
          if (attribute.hasG()) {
            graphs.add(attribute.getG());
          }
          graphs.addAll(attribute.getGraphsList());
        }
      }
      graph.getInputList().forEach(input -> names.add(input.getName()));
      graph.getInitializerList().forEach(tensor -> names.add(tensor.getName()));
    }
    return names.build();
  }

  /**
   * Every node from which some of the given values can be reached, those producing them included.
   */
  public ImmutableSet<Integer> ancestors(Iterable<String> values) {
    Set<Integer> found = new LinkedHashSet<>();
    List<String> open = new ArrayList<>();
    values.forEach(open::add);
    while (!open.isEmpty()) {
      Integer producer = producers.get(open.remove(open.size() - 1));
      if (producer != null && found.add(producer)) {
        open.addAll(reads.get(producer));
      }
    }
    return ImmutableSet.copyOf(found);
  }
}
