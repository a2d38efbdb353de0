package dev.partita.model;

import com.google.common.base.Preconditions;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.OperatorSetIdProto;
import dev.partita.onnx.ValueInfoProto;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Moves nodes of the main graph into a model-local function and calls it in their place, so that a
 * viewer shows them as one block. What the nodes read from outside, initializers too, are the
 * function's inputs, since a function has no initializers of its own. The nodes keep their names,
 * their metadata and the names of their values.
 */
public final class FunctionOutliner {

  /** Model-local functions begin here. */
  public static final int SINCE_IR = 8;

  /** Functions that say the types of their inner values begin here. */
  private static final int VALUE_INFO_SINCE_IR = 10;

  private final GraphProto graph;
  private final Set<String> names;
  private final List<NodeProto> moved = new ArrayList<>();
  private final Set<String> made = new HashSet<>();

  private FunctionOutliner(GraphProto graph, Set<String> names) {
    this.graph = graph;
    this.names = names;
    for (NodeProto node : graph.getNodeList()) {
      if (names.contains(node.getName())) {
        moved.add(node);
        made.addAll(node.getOutputList());
      }
    }
  }

  /**
   * The model with a function more.
   *
   * @param model of IR 8 or later, whose nodes come after what they read
   * @param nodes names of nodes of the main graph, of which there is at least one; no path from one
   *     of them to another may lead through other nodes
   * @param domain of the function
   * @param wanted its name; the first free one of {@code wanted_2}, ... where the model has it
   * @param call what the call has in addition to operator, inputs and outputs: its name, its notes
   * @throws IllegalArgumentException if the model or the nodes are not as said
   */
  public static OnnxModel outline(
      OnnxModel model, Set<String> nodes, String domain, String wanted, NodeProto call) {
    ModelProto proto = model.proto();
    Preconditions.checkArgument(
        proto.getIrVersion() >= SINCE_IR, "no functions in IR %s", proto.getIrVersion());
    FunctionOutliner outliner = new FunctionOutliner(proto.getGraph(), nodes);
    Preconditions.checkArgument(!outliner.moved.isEmpty(), "no node is called any of %s", nodes);
    String name = fresh(proto, domain, wanted);
    FunctionProto function = outliner.function(proto, domain, name);
    NodeProto calling =
        call.toBuilder()
            .setDomain(domain)
            .setOpType(name)
            .addAllInput(function.getInputList())
            .addAllOutput(function.getOutputList())
            .build();
    ModelProto.Builder changed =
        proto.toBuilder().setGraph(outliner.rest(calling)).addFunctions(function);
    if (proto.getOpsetImportList().stream().noneMatch(set -> set.getDomain().equals(domain))) {
      changed.addOpsetImport(OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(1));
    }
    return model.withProto(changed.build());
  }

  private static String fresh(ModelProto proto, String domain, String wanted) {
    Set<String> taken = new HashSet<>();
    proto.getFunctionsList().stream()
        .filter(function -> function.getDomain().equals(domain))
        .forEach(function -> taken.add(function.getName()));
    String name = wanted;
    for (int i = 2; taken.contains(name); i++) {
      name = wanted + "_" + i;
    }
    return name;
  }

  private FunctionProto function(ModelProto proto, String domain, String name) {
    FunctionProto.Builder function =
        FunctionProto.newBuilder()
            .setName(name)
            .setDomain(domain)
            .addAllInput(inputs())
            .addAllOutput(outputs())
            .addAllNode(moved)
            .addAllOpsetImport(proto.getOpsetImportList());
    if (proto.getIrVersion() >= VALUE_INFO_SINCE_IR) {
      Set<String> outside = outputs();
      for (ValueInfoProto value : graph.getValueInfoList()) {
        if (made.contains(value.getName()) && !outside.contains(value.getName())) {
          function.addValueInfo(value);
        }
      }
    }
    return function.build();
  }

  private Set<String> inputs() {
    Set<String> inputs = new LinkedHashSet<>();
    for (NodeProto node : moved) {
      for (String value : GraphIndex.valuesRead(node)) {
        if (!made.contains(value)) {
          inputs.add(value);
        }
      }
    }
    return inputs;
  }

  /** What other nodes read, or is an output of the graph, in the order in which it is made. */
  private Set<String> outputs() {
    Set<String> read = new HashSet<>();
    graph.getOutputList().forEach(output -> read.add(output.getName()));
    for (NodeProto node : graph.getNodeList()) {
      if (!names.contains(node.getName())) {
        read.addAll(GraphIndex.valuesRead(node));
      }
    }
    Set<String> outputs = new LinkedHashSet<>();
    for (NodeProto node : moved) {
      node.getOutputList().stream().filter(read::contains).forEach(outputs::add);
    }
    return outputs;
  }

  /** The graph without the nodes: the call takes the position of the last one. */
  private GraphProto rest(NodeProto call) {
    GraphProto.Builder changed = graph.toBuilder().clearNode().clearValueInfo();
    List<NodeProto> waiting = new ArrayList<>();
    Set<String> unmade = new HashSet<>(call.getOutputList());
    Set<String> late = new HashSet<>();
    int left = moved.size();
    for (NodeProto node : graph.getNodeList()) {
      if (names.contains(node.getName())) {
        Preconditions.checkArgument(
            GraphIndex.valuesRead(node).stream().noneMatch(late::contains),
            "a node outside is between others and %s",
            node.getName());
        if (--left == 0) {
          changed.addNode(call).addAllNode(waiting);
        }
      } else if (left > 0 && GraphIndex.valuesRead(node).stream().anyMatch(unmade::contains)) {
        waiting.add(node);
        unmade.addAll(node.getOutputList());
        late.addAll(node.getOutputList());
      } else {
        changed.addNode(node);
      }
    }
    for (ValueInfoProto value : graph.getValueInfoList()) {
      if (!made.contains(value.getName()) || call.getOutputList().contains(value.getName())) {
        changed.addValueInfo(value);
      }
    }
    return changed.build();
  }
}
