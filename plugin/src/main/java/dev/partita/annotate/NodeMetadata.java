package dev.partita.annotate;

import com.google.common.collect.ImmutableMap;
import dev.partita.annotate.NodeNotes.Note;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.StringStringEntryProto;
import java.util.HashMap;
import java.util.Map;

/**
 * Writes entries and a sentence on nodes, by their names. A name that the rewriter gave to a node
 * of a body is unique in the model, so that any body may be asked for it.
 */
final class NodeMetadata {

  private final NodeNotes inBodies;

  /**
   * Entries for nodes of bodies.
   *
   * @param inBodies by the name of the node; where there are none, bodies stay the same objects
   */
  NodeMetadata(NodeNotes inBodies) {
    this.inBodies = inBodies;
  }

  /** A graph and all that it holds, with entries for its own nodes by their names. */
  GraphProto write(GraphProto graph, NodeNotes notes) {
    GraphProto.Builder annotated = graph.toBuilder();
    for (int i = 0; i < graph.getNodeCount(); i++) {
      NodeProto node = graph.getNode(i);
      Note own = notes.of(node);
      if (own != null) {
        annotated.setNode(i, with(node, own));
      } else if (!inBodies.isEmpty()
          && node.getAttributeList().stream().anyMatch(NodeMetadata::holdsGraph)) {
        annotated.setNode(i, bodies(node));
      }
    }
    return annotated.build();
  }

  private static boolean holdsGraph(AttributeProto attribute) {
    return attribute.hasG() || attribute.getGraphsCount() > 0;
  }

  private NodeProto bodies(NodeProto node) {
    NodeProto.Builder changed = node.toBuilder();
    for (AttributeProto.Builder attribute : changed.getAttributeBuilderList()) {
      if (attribute.hasG()) {
        attribute.setG(write(attribute.getG(), inBodies));
      }
      for (int i = 0; i < attribute.getGraphsCount(); i++) {
        attribute.setGraphs(i, write(attribute.getGraphs(i), inBodies));
      }
    }
    return changed.build();
  }

  /** Behind what the node it comes from said of itself; once, where it is there already. */
  private static String joined(String said, String sentence) {
    if (said.isEmpty() || sentence.isEmpty() || said.endsWith(sentence)) {
      return said.isEmpty() ? sentence : said;
    }
    return said + "\n\n" + sentence;
  }

  /** An entry that is there already, as on a node that came with metadata, is replaced. */
  private static NodeProto with(NodeProto node, Note note) {
    ImmutableMap<String, String> entries = note.figures();
    NodeProto.Builder changed = node.toBuilder();
    changed.setDocString(joined(node.getDocString(), note.sentence()));
    Map<String, String> fresh = new HashMap<>(entries);
    for (StringStringEntryProto.Builder entry : changed.getMetadataPropsBuilderList()) {
      String value = fresh.remove(entry.getKey());
      if (value != null) {
        entry.setValue(value);
      }
    }
    entries.forEach(
        (key, value) -> {
          if (fresh.containsKey(key)) {
            changed.addMetadataProps(Annotator.entry(key, value));
          }
        });
    return changed.build();
  }
}
