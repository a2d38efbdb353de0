package dev.partita.model;

import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.NodeProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Nodes that stand before what they read: the standard forbids it, ONNX Runtime takes it, and so it
 * is put in order here. A file that is copied as it is stays as it is.
 */
// What is in order already is told by its identity: comparing values would read weights.
@SuppressWarnings("ReferenceEquality")
final class NodeOrder {

  private NodeOrder() {}

  /** The model in order; the same object where it is already. Nodes in a cycle keep their place. */
  static OnnxModel restored(OnnxModel model) {
    GraphProto graph = model.proto().getGraph();
    GraphProto changed = restored(graph);
    return changed == graph
        ? model
        : model.withProto(model.proto().toBuilder().setGraph(changed).build());
  }

  private static GraphProto restored(GraphProto graph) {
    List<NodeProto> nodes = graph.getNodeList().stream().map(NodeOrder::withBodies).toList();
    boolean same = true;
    for (int i = 0; i < nodes.size(); i++) {
      same &= nodes.get(i) == graph.getNode(i);
    }
    boolean sorted = isSorted(graph);
    if (same && sorted) {
      return graph;
    }
    GraphProto.Builder changed = graph.toBuilder().clearNode();
    if (sorted) {
      changed.addAllNode(nodes);
    } else {
      order(graph).forEach(node -> changed.addNode(nodes.get(node)));
    }
    return changed.build();
  }

  private static NodeProto withBodies(NodeProto node) {
    NodeProto.Builder changed = null;
    for (int i = 0; i < node.getAttributeCount(); i++) {
      AttributeProto before = node.getAttribute(i);
      AttributeProto after = withBodies(before);
      if (after != before) {
        changed = changed == null ? node.toBuilder() : changed;
        changed.setAttribute(i, after);
      }
    }
    return changed == null ? node : changed.build();
  }

  private static AttributeProto withBodies(AttributeProto attribute) {
    AttributeProto.Builder changed = null;
    if (attribute.hasG()) {
      GraphProto body = restored(attribute.getG());
      changed = body == attribute.getG() ? null : attribute.toBuilder().setG(body);
    }
    for (int i = 0; i < attribute.getGraphsCount(); i++) {
      GraphProto body = restored(attribute.getGraphs(i));
      if (body != attribute.getGraphs(i)) {
        changed = changed == null ? attribute.toBuilder() : changed;
        changed.setGraphs(i, body);
      }
    }
    return changed == null ? attribute : changed.build();
  }

  private static boolean isSorted(GraphProto graph) {
    Set<String> later = new HashSet<>();
    graph.getNodeList().forEach(node -> later.addAll(node.getOutputList()));
    // Names that are taken twice are somebody else's to refuse.
    graph.getInputList().forEach(input -> later.remove(input.getName()));
    graph.getInitializerList().forEach(tensor -> later.remove(tensor.getName()));
    for (NodeProto node : graph.getNodeList()) {
      if (GraphIndex.valuesRead(node).stream().anyMatch(later::contains)) {
        return false;
      }
      later.removeAll(node.getOutputList());
    }
    return true;
  }

  /** Of the nodes that can be next, always the one that came first. */
  private static List<Integer> order(GraphProto graph) {
    Map<String, Integer> producers = new HashMap<>();
    for (int i = 0; i < graph.getNodeCount(); i++) {
      for (String value : graph.getNode(i).getOutputList()) {
        producers.putIfAbsent(value, i);
      }
    }
    List<List<Integer>> readers = new ArrayList<>();
    graph.getNodeList().forEach(node -> readers.add(new ArrayList<>()));
    int[] waiting = new int[graph.getNodeCount()];
    PriorityQueue<Integer> ready = new PriorityQueue<>();
    for (int i = 0; i < waiting.length; i++) {
      for (String value : GraphIndex.valuesRead(graph.getNode(i))) {
        Integer producer = producers.get(value);
        if (producer != null) {
          readers.get(producer).add(i);
          waiting[i]++;
        }
      }
      if (waiting[i] == 0) {
        ready.add(i);
      }
    }
    List<Integer> order = new ArrayList<>();
    while (!ready.isEmpty()) {
      int next = ready.remove();
      order.add(next);
      for (int reader : readers.get(next)) {
        if (--waiting[reader] == 0) {
          ready.add(reader);
        }
      }
    }
    for (int i = 0; i < waiting.length; i++) {
      if (waiting[i] > 0) {
        order.add(i);
      }
    }
    return order;
  }
}
