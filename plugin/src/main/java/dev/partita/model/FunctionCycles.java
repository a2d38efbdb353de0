package dev.partita.model;

import com.google.common.graph.GraphBuilder;
import com.google.common.graph.Graphs;
import com.google.common.graph.MutableGraph;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.NodeProto;
import java.util.ArrayList;
import java.util.List;

/** Model-local functions that call themselves, through others or straight away. */
final class FunctionCycles {

  private FunctionCycles() {}

  /** Whether there are any. Functions are told by domain, name and overload. */
  static boolean contain(List<FunctionProto> functions) {
    MutableGraph<String> calls = GraphBuilder.directed().allowsSelfLoops(true).build();
    functions.forEach(
        function ->
            calls.addNode(key(function.getDomain(), function.getName(), function.getOverload())));
    for (FunctionProto function : functions) {
      String caller = key(function.getDomain(), function.getName(), function.getOverload());
      List<NodeProto> open = new ArrayList<>(function.getNodeList());
      while (!open.isEmpty()) {
        NodeProto node = open.remove(open.size() - 1);
        String called = key(node.getDomain(), node.getOpType(), node.getOverload());
        if (calls.nodes().contains(called)) {
          calls.putEdge(caller, called);
        }
        for (AttributeProto attribute : node.getAttributeList()) {
          open.addAll(attribute.getG().getNodeList());
          attribute.getGraphsList().forEach(graph -> open.addAll(graph.getNodeList()));
        }
      }
    }
    return Graphs.hasCycle(calls);
  }

  private static String key(String domain, String name, String overload) {
    return (Domains.isDefault(domain) ? "" : domain) + "::" + name + "::" + overload;
  }
}
