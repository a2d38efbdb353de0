package dev.partita.model;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
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
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Who produces and who consumes each value of one graph of a model: the main graph, or the body of
 * an If, Loop or Scan. Nodes are named by their index in the graph's list, which is a topological
 * order. A body also sees what the graphs around it define; these values have no producer here, but
 * constants and declared types are found there too.
 */
public final class GraphIndex {

  private final OnnxModel model;
  private final GraphPath path;
  private final GraphProto graph;
  private final GraphIndex main;
  private final @Nullable GraphIndex enclosing;
  private final ConcurrentHashMap<GraphPath, GraphIndex> graphs;
  private final ImmutableSet<String> defined;
  private final String prefix;
  private final ImmutableList<ImmutableSet<String>> reads;
  private final ImmutableMap<String, Integer> producers;
  private final ImmutableListMultimap<String, Integer> consumers;
  private final ImmutableMap<String, TensorProto> initializers;
  private final ImmutableMap<String, ValueInfoProto> types;
  private final ImmutableSet<String> inputs;
  private final ImmutableSet<String> outputs;

  /** Indexes the main graph of a model; {@link #at} leads to its other graphs. */
  public GraphIndex(OnnxModel model) {
    this(model, GraphPath.MAIN, null);
  }

  private GraphIndex(GraphIndex main, GraphPath path) {
    this(main.model, path, main);
  }

  private GraphIndex(OnnxModel model, GraphPath path, @Nullable GraphIndex main) {
    this.model = model;
    this.path = path;
    this.main = main == null ? this : main;
    this.enclosing = main == null ? null : main.at(path.parent());
    this.graphs = main == null ? new ConcurrentHashMap<>() : main.graphs;
    this.graph = path.in(model.proto());
    this.defined = ImmutableSet.copyOf(ScopeNames.defined(graph));
    this.prefix = enclosing == null ? "" : enclosing.nodeName(path.last().node()) + "/";
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
    return ScopeNames.read(node);
  }

  /** The index of another graph of the same model. */
  public GraphIndex at(GraphPath other) {
    if (other.isMain()) {
      return main;
    }
    // Not computeIfAbsent: making an index asks for that of the graph around it.
    GraphIndex known = graphs.get(other);
    if (known == null) {
      known = new GraphIndex(main, other);
      GraphIndex earlier = graphs.putIfAbsent(other, known);
      known = earlier == null ? known : earlier;
    }
    return known;
  }

  /** Every graph of the model, the main one first. */
  public ImmutableList<GraphIndex> graphs() {
    return GraphPath.all(model.proto()).stream()
        .map(this::at)
        .collect(ImmutableList.toImmutableList());
  }

  /** The graph itself. */
  GraphProto graph() {
    return graph;
  }

  /** The place of this graph in the model. */
  public GraphPath path() {
    return path;
  }

  /** The indexed model. */
  public OnnxModel model() {
    return model;
  }

  /** The number of nodes of the graph. */
  public int size() {
    return reads.size();
  }

  /** The operator type of a node, without its domain. */
  public String operator(int index) {
    return node(index).getOpType();
  }

  /** A node of the graph. */
  public NodeProto node(int index) {
    return graph.getNode(index);
  }

  /**
   * What a person calls a node: its name, or operator and position where it has none, behind the
   * names of the nodes around it.
   */
  public String nodeName(int index) {
    NodeProto node = node(index);
    return prefix + (node.getName().isEmpty() ? node.getOpType() + "#" + index : node.getName());
  }

  /** The values that a node makes. */
  public List<String> makes(int index) {
    return node(index).getOutputList();
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

  /** The outputs of the graph, in its order. */
  public ImmutableSet<String> outputs() {
    return outputs;
  }

  /** Whether a value is an output of the graph. */
  public boolean isOutput(String value) {
    return outputs.contains(value);
  }

  /** Whether a value is an input of the graph, overridable initializers included. */
  public boolean isInput(String value) {
    return inputs.contains(value);
  }

  /** The graph that defines a value that this one sees: itself, or one around it. */
  public GraphIndex definer(String value) {
    return defined.contains(value) || enclosing == null ? this : enclosing.definer(value);
  }

  /** Whether a graph around this one defines a value. */
  boolean isDefinedAround(String value) {
    return enclosing != null && enclosing.definer(value).defined.contains(value);
  }

  /**
   * The tensor that a value always holds: an initializer that no caller can override, or the output
   * of a Constant node, here or in a graph around this one. Null for everything else, constants in
   * other than tensor form too.
   */
  public @Nullable TensorProto constant(String value) {
    return definer(value).ownConstant(value);
  }

  private @Nullable TensorProto ownConstant(String value) {
    TensorProto tensor = initializers.get(value);
    if (tensor != null) {
      // Below IR 4 every initializer had to be listed as an input as well. A body's inputs are set
      // by the node around it, whatever the version.
      boolean listed = model.irVersion() < 4 && path.isMain();
      return inputs.contains(value) && !listed ? null : tensor;
    }
    Integer producer = producers.get(value);
    return producer == null ? null : ConstantNode.tensor(node(producer));
  }

  /** Whether a value is an initializer that a caller may replace at run time (IR 4 and later). */
  public boolean isOverridable(String value) {
    GraphIndex definer = definer(value);
    return definer.initializers.containsKey(value) && definer.ownConstant(value) == null;
  }

  /** Whether a value is a sparse tensor: an initializer, or the output of a Constant node. */
  public boolean isSparse(String value) {
    GraphIndex definer = definer(value);
    boolean stored =
        definer.graph.getSparseInitializerList().stream()
            .anyMatch(tensor -> tensor.getValues().getName().equals(value));
    Integer producer = definer.producers.get(value);
    return stored || (producer != null && ConstantNode.isSparse(definer.node(producer)));
  }

  /** The declared type and shape of a value; null where the file declares none. */
  public TypeProto.@Nullable Tensor declaredType(String value) {
    ValueInfoProto info = definer(value).types.get(value);
    return info == null || !info.getType().hasTensorType() ? null : info.getType().getTensorType();
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
