package dev.partita.annotate;

import com.google.common.collect.ImmutableMap;
import dev.partita.rewrite.EmittedNode;
import dev.partita.rewrite.RegionRewrite;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the nodes that were written are given, by their names. */
record NodeNotes(ImmutableMap<String, Note> notes) {

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
    return new NodeNotes(notes.buildOrThrow());
  }

  @Nullable Note of(String node) {
    return notes.get(node);
  }

  boolean isEmpty() {
    return notes.isEmpty();
  }
}
