package dev.partita.model;

import com.google.common.graph.GraphBuilder;
import com.google.common.graph.Graphs;
import com.google.common.graph.MutableGraph;
import dev.partita.onnx.FunctionProto;
import java.util.List;

/** Model-local functions that call themselves, through others or straight away. */
final class FunctionCycles {

  private FunctionCycles() {}

  /** Whether there are any. */
  static boolean contain(List<FunctionProto> functions) {
    MutableGraph<FunctionKey> calls = GraphBuilder.directed().allowsSelfLoops(true).build();
    functions.forEach(function -> calls.addNode(FunctionKey.of(function)));
    for (FunctionProto function : functions) {
      AllNodes.of(
          function.getNodeList(),
          node -> {
            FunctionKey called = FunctionKey.of(node);
            if (calls.nodes().contains(called)) {
              calls.putEdge(FunctionKey.of(function), called);
            }
          });
    }
    return Graphs.hasCycle(calls);
  }
}
