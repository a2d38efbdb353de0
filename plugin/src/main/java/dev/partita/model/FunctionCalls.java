package dev.partita.model;

import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSetMultimap;
import com.google.common.graph.Traverser;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import java.util.LinkedHashMap;
import java.util.Map;

/** The model-local functions of a model and who calls them. */
final class FunctionCalls {

  private final Map<FunctionKey, FunctionProto> functions = new LinkedHashMap<>();
  private final ImmutableSetMultimap<FunctionKey, FunctionKey> callees;
  private final ImmutableListMultimap<FunctionKey, NodeProto> calls;
  private final ImmutableListMultimap<FunctionKey, NodeProto> callsOfGraph;

  FunctionCalls(ModelProto model) {
    model
        .getFunctionsList()
        .forEach(function -> functions.putIfAbsent(FunctionKey.of(function), function));
    ImmutableListMultimap.Builder<FunctionKey, NodeProto> all = ImmutableListMultimap.builder();
    ImmutableListMultimap.Builder<FunctionKey, NodeProto> main = ImmutableListMultimap.builder();
    AllNodes.of(model.getGraph().getNodeList(), node -> add(node, main));
    this.callsOfGraph = main.build();
    all.putAll(callsOfGraph);
    AllNodes.ofTraining(model, node -> add(node, all));
    ImmutableSetMultimap.Builder<FunctionKey, FunctionKey> called = ImmutableSetMultimap.builder();
    for (FunctionProto function : model.getFunctionsList()) {
      AllNodes.of(
          function.getNodeList(),
          node -> {
            add(node, all);
            if (isCall(node)) {
              called.put(FunctionKey.of(function), FunctionKey.of(node));
            }
          });
    }
    this.calls = all.build();
    this.callees = called.build();
  }

  private void add(NodeProto node, ImmutableListMultimap.Builder<FunctionKey, NodeProto> calls) {
    if (isCall(node)) {
      calls.put(FunctionKey.of(node), node);
    }
  }

  /** Every function by what calls it; of two that are called the same, the first. */
  Map<FunctionKey, FunctionProto> functions() {
    return functions;
  }

  /** Whether a node calls a function. */
  boolean isCall(NodeProto node) {
    return functions.containsKey(FunctionKey.of(node));
  }

  /** The functions that a function calls, in its bodies too. */
  ImmutableSetMultimap<FunctionKey, FunctionKey> callees() {
    return callees;
  }

  /** Every call in any graph, training graph or function. */
  ImmutableListMultimap<FunctionKey, NodeProto> calls() {
    return calls;
  }

  /** The calls in the main graph and its bodies. */
  ImmutableListMultimap<FunctionKey, NodeProto> callsOfGraph() {
    return callsOfGraph;
  }

  /** Every function behind those that it calls; there must be no cycles. */
  Iterable<FunctionKey> calleesFirst() {
    return Traverser.<FunctionKey>forGraph(callees::get).depthFirstPostOrder(functions.keySet());
  }
}
