package dev.partita.annotate;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Table;
import dev.partita.model.Attributes;
import dev.partita.model.GraphPath;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.StringStringEntryProto;
import java.util.HashMap;
import java.util.Map;

/** Writes entries and a sentence on nodes. */
final class NodeMetadata {

  private final Table<GraphPath, Integer, NodeNote> notes;

  private NodeMetadata(Table<GraphPath, Integer, NodeNote> notes) {
    this.notes = notes;
  }

  /**
   * The main graph of a model with notes on its nodes and those of its bodies.
   *
   * @param notes by the graph of a node and its index there
   */
  static GraphProto write(GraphProto main, Table<GraphPath, Integer, NodeNote> notes) {
    return new NodeMetadata(notes).write(main, GraphPath.MAIN);
  }

  private GraphProto write(GraphProto graph, GraphPath path) {
    GraphProto.Builder annotated = graph.toBuilder();
    for (int i = 0; i < graph.getNodeCount(); i++) {
      NodeProto node = graph.getNode(i);
      NodeNote own = notes.get(path, i);
      if (own != null) {
        annotated.setNode(i, with(node, own));
      } else if (Attributes.hasBody(node)) {
        annotated.setNode(i, bodies(node, path, i));
      }
    }
    return annotated.build();
  }

  private NodeProto bodies(NodeProto node, GraphPath path, int at) {
    NodeProto.Builder changed = node.toBuilder();
    for (AttributeProto.Builder attribute : changed.getAttributeBuilderList()) {
      String name = attribute.getName();
      if (attribute.hasG()) {
        GraphPath body = path.child(new GraphPath.Step(at, name, GraphPath.SINGLE));
        attribute.setG(write(attribute.getG(), body));
      }
      for (int i = 0; i < attribute.getGraphsCount(); i++) {
        GraphPath body = path.child(new GraphPath.Step(at, name, i));
        attribute.setGraphs(i, write(attribute.getGraphs(i), body));
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
  private static NodeProto with(NodeProto node, NodeNote note) {
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
