package dev.partita.model;

import com.google.common.collect.ImmutableMap;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.OperatorSetIdProto;
import dev.partita.onnx.ValueInfoProto;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Replaces calls of model-local functions by their nodes, in the main graph and its bodies, if a
 * function or one that it calls contains a node of some kind. Every other function, and every call
 * of one, stays as it is; so do training graphs.
 */
// What has no call in it is told by its identity: comparing values would read weights.
@SuppressWarnings("ReferenceEquality")
public final class FunctionInliner {

  private static final int LONGEST_PREFIX = 256;

  private final OnnxModel model;
  private final FunctionSelection selection;
  private final InliningLimits limits;
  private final Names names;
  private final Map<FunctionKey, Integer> replaced = new LinkedHashMap<>();

  private FunctionInliner(OnnxModel model, FunctionSelection selection, InliningLimits limits) {
    this.model = model;
    this.selection = selection;
    this.limits = limits;
    this.names = new Names(model.proto());
  }

  /**
   * A model without some of its calls.
   *
   * @param model the same object as was given where no call was replaced
   * @param calls how many calls of each function were replaced, by the function's name
   * @param refused functions that would have been worth it and have an obstacle: names, each with
   *     the rest of a sentence
   */
  public record Inlined(
      OnnxModel model, ImmutableMap<String, Integer> calls, ImmutableMap<String, String> refused) {}

  /**
   * Inlines.
   *
   * @param sought of operator types: what makes a function worth it
   * @throws dev.partita.UnsupportedInputException naming the function if the model would grow by
   *     more than a million nodes or repeat more than 1 GiB of constants, or nest bodies too
   *     deeply; and if the result breaks the standard
   */
  public static Inlined inline(OnnxModel model, Predicate<String> sought) {
    return inline(model, sought, InliningLimits.MOST_NODES);
  }

  static Inlined inline(OnnxModel model, Predicate<String> sought, int mostNodes) {
    FunctionSelection selection = new FunctionSelection(model.proto(), sought);
    if (selection.inlined().isEmpty()) {
      return new Inlined(model, ImmutableMap.of(), selection.refused());
    }
    return new FunctionInliner(model, selection, new InliningLimits(model.source(), mostNodes))
        .inlined();
  }

  private Inlined inlined() {
    GraphProto graph = expanded(model.proto().getGraph(), 0);
    ModelProto.Builder changed = model.proto().toBuilder().setGraph(graph);
    addImports(changed);
    changed.clearFunctions().addAllFunctions(kept(graph));
    OnnxModel result = NodeOrder.restored(model.withProto(changed.build()));
    ModelCheck.require(result);
    Map<String, Integer> calls = new LinkedHashMap<>();
    replaced.forEach((key, count) -> calls.merge(key.name(), count, Integer::sum));
    return new Inlined(result, ImmutableMap.copyOf(calls), selection.refused());
  }

  private GraphProto expanded(GraphProto graph, int depth) {
    List<NodeProto> nodes = new ArrayList<>();
    List<ValueInfoProto> types = new ArrayList<>();
    boolean same = true;
    // Functions nest as deep as a file likes, so that calls in calls are kept on a stack of ours.
    Deque<Iterator<NodeProto>> open = new ArrayDeque<>();
    open.push(graph.getNodeList().iterator());
    while (!open.isEmpty()) {
      if (!open.peek().hasNext()) {
        open.pop();
        continue;
      }
      NodeProto node = open.peek().next();
      FunctionProto function = selection.inlined(node);
      if (function == null) {
        NodeProto after = withBodies(node, depth);
        same &= after == node;
        nodes.add(after);
      } else {
        same = false;
        FunctionInstance.Parts parts = FunctionInstance.of(function, node, prefix(node), names);
        boolean again = replaced.merge(FunctionKey.of(function), 1, Integer::sum) > 1;
        limits.count(function, parts.nodes(), again);
        types.addAll(parts.types());
        open.push(parts.nodes().iterator());
      }
    }
    if (same) {
      return graph;
    }
    GraphProto.Builder changed = graph.toBuilder().clearNode().addAllNode(nodes);
    Set<String> declared = new HashSet<>();
    graph.getValueInfoList().forEach(info -> declared.add(info.getName()));
    graph.getInputList().forEach(info -> declared.add(info.getName()));
    graph.getOutputList().forEach(info -> declared.add(info.getName()));
    types.stream().filter(info -> declared.add(info.getName())).forEach(changed::addValueInfo);
    return changed.build();
  }

  /** Of a call: its own name, which goes with it, else a new one; never a very long one. */
  private String prefix(NodeProto call) {
    String name = call.getName();
    if (!name.isEmpty() && name.length() <= LONGEST_PREFIX) {
      return name;
    }
    String operator = call.getOpType();
    return names.fresh(operator.substring(0, Math.min(LONGEST_PREFIX, operator.length())));
  }

  private NodeProto withBodies(NodeProto node, int depth) {
    if (!Attributes.hasBody(node)) {
      return node;
    }
    limits.requireDepth(node, depth + 1);
    NodeProto.Builder changed = null;
    for (int i = 0; i < node.getAttributeCount(); i++) {
      AttributeProto before = node.getAttribute(i);
      AttributeProto after = withBodies(before, depth + 1);
      if (after != before) {
        changed = changed == null ? node.toBuilder() : changed;
        changed.setAttribute(i, after);
      }
    }
    return changed == null ? node : changed.build();
  }

  private AttributeProto withBodies(AttributeProto attribute, int depth) {
    AttributeProto.Builder changed = null;
    if (attribute.hasG()) {
      GraphProto body = expanded(attribute.getG(), depth);
      changed = body == attribute.getG() ? null : attribute.toBuilder().setG(body);
    }
    for (int i = 0; i < attribute.getGraphsCount(); i++) {
      GraphProto body = expanded(attribute.getGraphs(i), depth);
      if (body != attribute.getGraphs(i)) {
        changed = changed == null ? attribute.toBuilder() : changed;
        changed.setGraphs(i, body);
      }
    }
    return changed == null ? attribute : changed.build();
  }

  /** The domains of new nodes which only functions imported so far. */
  private void addImports(ModelProto.Builder changed) {
    Set<String> imported = new HashSet<>();
    changed.getOpsetImportList().forEach(set -> imported.add(normal(set.getDomain())));
    Set<String> used = new LinkedHashSet<>();
    AllNodes.of(changed.getGraph().getNodeList(), node -> used.add(normal(node.getDomain())));
    used.removeAll(imported);
    for (String domain : used) {
      Long version = selection.version(domain);
      if (version != null) {
        changed.addOpsetImport(
            OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(version));
      }
    }
  }

  private static String normal(String domain) {
    return Domains.isDefault(domain) ? "" : domain;
  }

  /** All but those that were inlined and that nothing calls any more. */
  private List<FunctionProto> kept(GraphProto graph) {
    Set<FunctionKey> needed = new HashSet<>();
    List<FunctionKey> open = new ArrayList<>();
    AllNodes.of(graph.getNodeList(), node -> open.add(FunctionKey.of(node)));
    AllNodes.ofTraining(model.proto(), node -> open.add(FunctionKey.of(node)));
    selection.calls().functions().keySet().stream()
        .filter(key -> !replaced.containsKey(key))
        .forEach(open::add);
    while (!open.isEmpty()) {
      FunctionKey key = open.remove(open.size() - 1);
      if (needed.add(key)) {
        open.addAll(selection.calls().callees().get(key));
      }
    }
    return model.proto().getFunctionsList().stream()
        .filter(function -> needed.contains(FunctionKey.of(function)))
        .toList();
  }
}
