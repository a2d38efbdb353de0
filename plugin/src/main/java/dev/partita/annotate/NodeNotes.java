package dev.partita.annotate;

import com.google.common.collect.ImmutableMap;
import dev.partita.onnx.NodeProto;
import dev.partita.rewrite.EmittedNode;
import dev.partita.rewrite.RegionRewrite;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What nodes are given.
 *
 * @param notes by the name of the node
 * @param byOutput by a value that the node makes, for nodes that are not known by their names
 */
record NodeNotes(ImmutableMap<String, Note> notes, ImmutableMap<String, Note> byOutput) {

  /**
   * What one node is given.
   *
   * @param figures its metadata
   * @param sentence what it says of itself
   */
  record Note(ImmutableMap<String, String> figures, String sentence) {}

  static NodeNotes of(
      List<RegionRewrite> rewrites, ImmutableMap<String, ImmutableMap<String, String>> figures) {
    ImmutableMap.Builder<String, Note> notes = ImmutableMap.builder();
    for (RegionRewrite rewrite : rewrites) {
      for (EmittedNode node : rewrite.emitted()) {
        notes.put(
            node.name(),
            new Note(
                figures.getOrDefault(node.name(), ImmutableMap.of()),
                NodeSentence.of(node, rewrite.region().id(), rewrite.plan().branches())));
      }
    }
    return new NodeNotes(notes.buildOrThrow(), ImmutableMap.of());
  }

  @Nullable Note of(NodeProto node) {
    Note note = notes.get(node.getName());
    for (int i = 0; note == null && i < node.getOutputCount(); i++) {
      note = byOutput.get(node.getOutput(i));
    }
    return note;
  }

  boolean isEmpty() {
    return notes.isEmpty() && byOutput.isEmpty();
  }
}
