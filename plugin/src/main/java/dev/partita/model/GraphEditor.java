package dev.partita.model;

import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Carries out {@link GraphEdit}s, on any graphs of a model at once, and drops what nothing needs
 * any more because of them.
 */
public final class GraphEditor {

  private final GraphIndex index;
  private final ImmutableMap<GraphPath, GraphEdit> edits;
  private final ImmutableListMultimap<GraphPath, String> suspects;

  private GraphEditor(GraphIndex index, ImmutableMap<GraphPath, GraphEdit> edits) {
    this.index = index;
    this.edits = edits;
    ImmutableListMultimap.Builder<GraphPath, String> read = ImmutableListMultimap.builder();
    edits.forEach(
        (path, edit) -> {
          GraphIndex graph = index.at(path);
          for (int node : edit.replaced()) {
            graph.reads(node).forEach(value -> read.put(graph.definer(value).path(), value));
          }
        });
    this.suspects = read.build();
  }

  /**
   * The edited model; the given one is untouched. Indices in an edit are those of the model as it
   * is now, whatever other edits do.
   *
   * @param index of any graph of the model
   * @throws IllegalArgumentException if two edits replace the same node, or one replaces a node
   *     whose body another changes
   * @throws IllegalStateException if the result would break an invariant ({@link GraphInvariants})
   */
  public static OnnxModel apply(GraphIndex index, Collection<GraphEdit> edits) {
    ImmutableMap<GraphPath, GraphEdit> byGraph = GraphEdit.byGraph(edits);
    if (byGraph.values().stream().allMatch(GraphEdit::isEmpty)) {
      return index.model();
    }
    return new GraphEditor(index, byGraph).apply();
  }

  /** One edit alone. */
  public static OnnxModel apply(GraphIndex index, GraphEdit edit) {
    return apply(index, List.of(edit));
  }

  private OnnxModel apply() {
    edits.keySet().forEach(this::requireHolderStays);
    Set<GraphPath> touched = new LinkedHashSet<>(edits.keySet());
    touched.addAll(suspects.keySet());
    // Inner graphs first, so that the way to each is still the one it had in the original.
    List<GraphPath> order =
        touched.stream().sorted(Comparator.comparing(path -> -path.depth())).toList();
    ModelProto model = index.model().proto();
    for (GraphPath path : order) {
      GraphProto before = path.in(model);
      GraphProto after = edited(path, before, model);
      GraphInvariants.checkGraph(index.at(path), after);
      model = path.replace(model, after);
    }
    GraphInvariants.check(index.model().proto(), model);
    return index.model().withProto(model);
  }

  private void requireHolderStays(GraphPath path) {
    for (GraphPath at = path; !at.isMain(); at = at.parent()) {
      GraphEdit around = edits.get(at.parent());
      if (around != null && around.replaced().contains(at.last().node())) {
        throw new IllegalArgumentException("an edit replaces a node whose body another changes");
      }
    }
  }

  private GraphProto edited(GraphPath path, GraphProto before, ModelProto model) {
    GraphEdit edit = edits.get(path);
    GraphProto.Builder graph = before.toBuilder();
    if (edit != null && !edit.isEmpty()) {
      graph.clearNode();
      for (int i = 0; i < before.getNodeCount(); i++) {
        if (edit.replaced().contains(i)) {
          graph.addAllNode(edit.replacements().get(i));
        } else {
          graph.addNode(before.getNode(i));
        }
      }
      graph.addAllInitializer(edit.initializers());
    }
    GraphIndex original = index.at(path);
    UnusedConstants.drop(original, ImmutableSet.copyOf(suspects.get(path)), graph, model);
    StaleNotes.drop(original, graph);
    return graph.build();
  }
}
