package dev.partita.annotate;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.partita.model.GraphIndex;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.NodeProto;
import java.util.Map;

/**
 * What a sidecar keeps of the nodes of a model: their figures, what they say of themselves, and the
 * values by which they are known where another tool has taken their names.
 */
public final class KeptNotes {

  /** Key of what a node says of itself. */
  public static final String DOC_STRING = "doc_string";

  /** Key of the values that a node makes, one a line. */
  public static final String OUTPUTS = "dev.partita.outputs";

  /** What is kept of a node in addition to its metadata. */
  static final ImmutableSet<String> OF_THE_FILE = ImmutableSet.of(DOC_STRING, OUTPUTS);

  private KeptNotes() {}

  /**
   * What is kept of a model.
   *
   * @param figures of its nodes, by their names
   */
  public static ImmutableMap<String, ImmutableMap<String, String>> of(
      OnnxModel model, Map<String, ImmutableMap<String, String>> figures) {
    ImmutableMap.Builder<String, ImmutableMap<String, String>> kept = ImmutableMap.builder();
    for (GraphIndex graph : new GraphIndex(model).graphs()) {
      for (int i = 0; i < graph.size(); i++) {
        NodeProto node = graph.node(i);
        ImmutableMap<String, String> entries = figures.get(node.getName());
        if (entries != null) {
          kept.put(node.getName(), with(entries, node));
        }
      }
    }
    return kept.buildOrThrow();
  }

  private static ImmutableMap<String, String> with(
      ImmutableMap<String, String> entries, NodeProto node) {
    ImmutableMap.Builder<String, String> kept =
        ImmutableMap.<String, String>builder().putAll(entries);
    if (!node.getDocString().isEmpty()) {
      kept.put(DOC_STRING, node.getDocString());
    }
    return kept.put(OUTPUTS, String.join("\n", node.getOutputList())).buildOrThrow();
  }
}
