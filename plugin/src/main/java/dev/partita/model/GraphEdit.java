package dev.partita.model;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSet;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import java.util.List;

/**
 * A proposed change of a model's main graph. Rules make such records; {@link GraphEditor} alone
 * carries them out, after checking the whole result.
 *
 * @param replaced the nodes that go, by index
 * @param replacements for a replaced node, what stands in its place, in order; may be empty
 * @param initializers new constants
 */
public record GraphEdit(
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

  /** Whether anything would change. */
  public boolean isEmpty() {
    return replaced.isEmpty() && initializers.isEmpty();
  }

  /**
   * Several edits as one.
   *
   * @throws IllegalArgumentException if two of them replace the same node
   */
  public static GraphEdit merge(List<GraphEdit> edits) {
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
    return new GraphEdit(all, replacements.build(), initializers.build());
  }
}
