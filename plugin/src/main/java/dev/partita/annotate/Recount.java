package dev.partita.annotate;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableTable;
import com.google.common.collect.Table;
import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.Target;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.LayerFinder;
import dev.partita.dense.find.LayerKey;
import dev.partita.dense.find.LayerRows;
import dev.partita.model.GraphIndex;
import dev.partita.model.GraphPath;
import dev.partita.rewrite.EmittedNode;
import dev.partita.rewrite.EmittedNode.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The figures of a rewritten graph, computed from the graph alone: its branches are known by the
 * names that the rewriter gives nodes and values, its regions by what hangs together, its figures
 * by the cost model.
 */
final class Recount {

  private static final Pattern CONCAT = Pattern.compile("(.+)/concat(_\\d+)?");

  private final GraphIndex graph;
  private final ImmutableMap<LayerKey, DenseLayer> layers;
  private final Map<Integer, EmittedNode> found = new TreeMap<>();
  private final int[] leader;

  private Recount(GraphIndex graph) {
    this.graph = graph;
    this.layers = LayerFinder.layers(graph);
    this.leader = new int[graph.size()];
    for (int i = 0; i < leader.length; i++) {
      leader[i] = i;
    }
  }

  /**
   * What each node is given, by its graph and its index there; empty where no node is one of a
   * branch.
   *
   * @param index of any graph of the model
   */
  static Table<GraphPath, Integer, NodeNote> of(
      GraphIndex index, Target target, DramSharing sharing, LayerRows rows) {
    ImmutableTable.Builder<GraphPath, Integer, NodeNote> notes = ImmutableTable.builder();
    int regions = 0;
    for (GraphIndex graph : index.graphs()) {
      Recount recount = new Recount(graph);
      recount.find();
      regions = recount.write(notes, regions, target, sharing, rows);
    }
    return notes.build();
  }

  private void find() {
    for (int i = 0; i < graph.size(); i++) {
      EmittedNode node = ofBranch(i);
      if (node != null) {
        found.put(i, node);
      }
    }
    // What hangs together within branches; a node that joins them belongs to what it joins.
    List.copyOf(found.keySet()).forEach(this::joinProducers);
    for (int i = 0; i < graph.size(); i++) {
      if (!found.containsKey(i)) {
        beside(i);
      }
    }
    for (int i = 0; i < graph.size(); i++) {
      if (!found.containsKey(i)) {
        behind(i);
      }
    }
  }

  private @Nullable EmittedNode ofBranch(int node) {
    String name = graph.nodeName(node);
    Matcher branch = BranchName.PATTERN.matcher(name);
    if (!branch.matches()) {
      String value = graph.node(node).getOutputCount() == 0 ? "" : graph.node(node).getOutput(0);
      branch = BranchName.PATTERN.matcher(value);
      // A tool that fuses nodes may give the one that is left another name.
      if (!branch.matches()) {
        return null;
      }
    }
    int number = Integer.parseInt(branch.group("branch"));
    String origin = branch.group("origin");
    DenseLayer layer = layer(node);
    if (layer != null) {
      return product(name, number, origin, layer);
    }
    boolean entry = "/entry".equals(branch.group("rest"));
    Role role = entry ? Role.ENTRY : Role.FEATURE_WISE;
    if (graph.node(node).getInputCount() == 0) {
      role = Role.CONSTANT;
    }
    return new EmittedNode(name, number, origin, null, role, 0, 0);
  }

  private @Nullable DenseLayer layer(int node) {
    return layers.get(new LayerKey(graph.path(), node));
  }

  private static EmittedNode product(String name, int branch, String origin, DenseLayer layer) {
    return new EmittedNode(name, branch, origin, layer, Role.PRODUCT, layer.in(), layer.out());
  }

  private void joinProducers(int node) {
    for (String value : graph.reads(node)) {
      OptionalInt producer = graph.producer(value);
      if (producer.isPresent() && found.containsKey(producer.getAsInt())) {
        join(node, producer.getAsInt());
      }
    }
  }

  /** A Split in front of branches, and a Concat of them. */
  private void beside(int node) {
    String name = graph.nodeName(node);
    List<Integer> neighbours = new ArrayList<>();
    if (graph.operator(node).equals("Concat")) {
      graph.reads(node).forEach(v -> graph.producer(v).ifPresent(neighbours::add));
    } else if (graph.operator(node).equals("Split")) {
      graph.node(node).getOutputList().forEach(v -> neighbours.addAll(graph.consumers(v)));
    }
    long branches =
        neighbours.stream()
            .map(found::get)
            .filter(known -> known != null && known.branch() >= 0)
            .map(EmittedNode::branch)
            .distinct()
            .count();
    if (branches < 2 || !found.keySet().containsAll(neighbours)) {
      return;
    }
    boolean joins = graph.operator(node).equals("Concat");
    Matcher concat = CONCAT.matcher(name);
    String origin = joins && concat.matches() ? concat.group(1) : name;
    if (!joins && name.endsWith("/entry")) {
      origin = name.substring(0, name.length() - "/entry".length());
    }
    found.put(
        node, new EmittedNode(name, -1, origin, null, joins ? Role.CONCAT : Role.ENTRY, 0, 0));
    neighbours.forEach(neighbour -> join(node, neighbour));
  }

  /** What puts joined features back into order, and dense layers that read them joined. */
  private void behind(int node) {
    for (String value : graph.reads(node)) {
      OptionalInt producer = graph.producer(value);
      EmittedNode from = producer.isPresent() ? found.get(producer.getAsInt()) : null;
      if (from == null || (from.role() != Role.CONCAT && from.role() != Role.RESTORE)) {
        continue;
      }
      String name = graph.nodeName(node);
      DenseLayer layer = layer(node);
      if (layer != null && layer.input().equals(value)) {
        found.put(node, product(name, -1, name, layer));
      } else if (graph.operator(node).equals("Gather") && name.endsWith("/order")) {
        String origin = name.substring(0, name.length() - "/order".length());
        found.put(node, new EmittedNode(name, -1, origin, null, Role.RESTORE, 0, 0));
      } else {
        continue;
      }
      join(node, producer.getAsInt());
      return;
    }
  }

  private int leader(int node) {
    int at = node;
    while (leader[at] != at) {
      leader[at] = leader[leader[at]];
      at = leader[at];
    }
    return at;
  }

  private void join(int node, int other) {
    int first = Math.min(leader(node), leader(other));
    leader[Math.max(leader(node), leader(other))] = first;
  }

  /** Writes the nodes, with regions numbered on, and gives the next number. */
  private int write(
      ImmutableTable.Builder<GraphPath, Integer, NodeNote> notes,
      int regions,
      Target target,
      DramSharing sharing,
      LayerRows rows) {
    Map<Integer, String> ids = new TreeMap<>();
    Map<Integer, Integer> branches = new TreeMap<>();
    int next = regions;
    for (Map.Entry<Integer, EmittedNode> node : found.entrySet()) {
      int region = leader(node.getKey());
      if (!ids.containsKey(region)) {
        ids.put(region, "r" + next++);
      }
      branches.merge(region, node.getValue().branch() + 1, Math::max);
    }
    BranchWeights weights = BranchWeights.of(found.values().stream());
    for (Map.Entry<Integer, EmittedNode> node : found.entrySet()) {
      int region = leader(node.getKey());
      String id = Objects.requireNonNull(ids.get(region));
      int parts = Math.max(1, branches.getOrDefault(region, 1));
      EmittedNode emitted = node.getValue();
      notes.put(
          graph.path(),
          node.getKey(),
          new NodeNote(
              NodeFigures.of(
                  emitted,
                  id,
                  weights.target(target.withAccelerators(parts), emitted, sharing),
                  sharing,
                  rows),
              NodeSentence.of(emitted, id, parts)));
    }
    return next;
  }
}
