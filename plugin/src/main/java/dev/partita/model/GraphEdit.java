package dev.partita.model;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Multimaps;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import java.util.Collection;

/**
 * A proposed change of one graph of a model. Rules make such records; {@link GraphEditor} alone
 * carries them out, after checking the whole result.
 *
 * @param graph the graph that changes
 * @param replaced the nodes that go, by index
 * @param replacements for a replaced node, its replacements, in order; may be empty
 * @param initializers new constants
 */
public record GraphEdit(
    GraphPath graph,
    ImmutableSet<Integer> replaced,
    ImmutableListMultimap<Integer, NodeProto> replacements,
    ImmutableList<TensorProto> initializers) {

  /** An edit that changes nothing. */
  public static final GraphEdit NONE =
      new GraphEdit(ImmutableSet.of(), ImmutableListMultimap.of(), ImmutableList.of());

  /** Checks that only replaced nodes have replacements. */
  public GraphEdit {
    if (!replaced.containsAll(replacements.keySet())) {
      throw new IllegalArgumentException("a node that stays has replacements");
    }
  }

  /** An edit of the main graph. */
  public GraphEdit(
      ImmutableSet<Integer> replaced,
      ImmutableListMultimap<Integer, NodeProto> replacements,
      ImmutableList<TensorProto> initializers) {
    this(GraphPath.MAIN, replaced, replacements, initializers);
  }

  /** Whether anything would change. */
  public boolean isEmpty() {
    return replaced.isEmpty() && initializers.isEmpty();
  }

  /**
   * Several edits as one for each graph, in the order in which the graphs are first named.
   *
   * @throws IllegalArgumentException if two of them replace the same node
   */
  public static ImmutableMap<GraphPath, GraphEdit> byGraph(Collection<GraphEdit> edits) {
    ImmutableListMultimap<GraphPath, GraphEdit> grouped = Multimaps.index(edits, GraphEdit::graph);
    ImmutableMap.Builder<GraphPath, GraphEdit> merged = ImmutableMap.builder();
    grouped.asMap().forEach((graph, parts) -> merged.put(graph, merge(graph, parts)));
    return merged.buildOrThrow();
  }

  /**
   * Several edits of the main graph as one.
   *
   * @throws IllegalArgumentException if two of them replace the same node, or one is of a body
   */
  public static GraphEdit merge(Collection<GraphEdit> edits) {
    if (!edits.stream().allMatch(edit -> edit.graph().isMain())) {
      throw new IllegalArgumentException("edits of several graphs are not one edit");
    }
    return merge(GraphPath.MAIN, edits);
  }

  private static GraphEdit merge(GraphPath graph, Collection<GraphEdit> edits) {
    ImmutableSet.Builder<Integer> replaced = ImmutableSet.builder();
    ImmutableListMultimap.Builder<Integer, NodeProto> replacements =
        ImmutableListMultimap.builder();
    ImmutableList.Builder<TensorProto> initializers = ImmutableList.builder();
    int count = 0;
    for (GraphEdit edit : edits) {
      replaced.addAll(edit.replaced());
      replacements.putAll(edit.replacements());
      initializers.addAll(edit.initializers());
      count += edit.replaced().size();
    }
    ImmutableSet<Integer> all = replaced.build();
    if (all.size() != count) {
      throw new IllegalArgumentException("two edits replace the same node");
    }
    return new GraphEdit(graph, all, replacements.build(), initializers.build());
  }
}
