package dev.partita.runtime;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.partita.model.Attributes;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TypeProto;
import dev.partita.runtime.TensorDescription.Facts;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What a model's file says of its inputs and a session does not tell. */
public final class InputFacts {

  /** The indices that an input holds are the same behind these. */
  private static final ImmutableSet<String> SAME =
      ImmutableSet.of(
          "Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Transpose");

  private static final String EMBEDDING = "EmbedLayerNormalization";

  private InputFacts() {}

  /** The inputs of a session with what the model's file says of them. */
  public static ImmutableList<TensorDescription> of(InferenceSession session) {
    return of(session.model(), session.inputs());
  }

  private static ImmutableList<TensorDescription> of(Path model, List<TensorDescription> inputs) {
    GraphIndex index = new GraphIndex(ModelFile.read(model));
    return inputs.stream()
        .map(
            input -> {
              TypeProto.Tensor type = index.declaredType(input.name());
              boolean ranked = input.rank() > 0 || type == null || type.hasShape();
              int bound = input.type().isFloating() ? 0 : bound(index, input.name());
              return input.with(new Facts(ranked, bound));
            })
        .collect(ImmutableList.toImmutableList());
  }

  /** The rows of the smallest table that an input indexes; 2 for a mask; 0 where none is known. */
  private static int bound(GraphIndex index, String input) {
    int least = Integer.MAX_VALUE;
    Deque<String> open = new ArrayDeque<>(List.of(input));
    Set<String> seen = new HashSet<>(open);
    while (!open.isEmpty()) {
      String value = open.remove();
      for (int reader : index.consumers(value)) {
        NodeProto node = index.node(reader);
        least = Math.min(least, rows(index, node, value));
        if (SAME.contains(node.getOpType()) && node.getInput(0).equals(value)) {
          node.getOutputList().stream().filter(seen::add).forEach(open::add);
        }
      }
    }
    if (least < Integer.MAX_VALUE) {
      return least;
    }
    return input.toLowerCase(Locale.ROOT).contains("mask") ? 2 : 0;
  }

  private static int rows(GraphIndex index, NodeProto node, String value) {
    if (node.getOpType().equals("Gather") && node.getInput(1).equals(value)) {
      return rows(index, node.getInput(0), (int) Attributes.integer(node, "axis", 0));
    }
    if (node.getOpType().equals(EMBEDDING)) {
      // Tokens and segments, and where their tables are.
      int[][] tables = {{0, 2}, {1, 4}};
      for (int[] table : tables) {
        if (node.getInputCount() > table[1] && node.getInput(table[0]).equals(value)) {
          return rows(index, node.getInput(table[1]), 0);
        }
      }
    }
    return Integer.MAX_VALUE;
  }

  private static int rows(GraphIndex index, String table, int axis) {
    TensorProto stored = index.constant(table);
    int at = stored != null && axis < 0 ? axis + stored.getDimsCount() : axis;
    return stored == null || at < 0 || at >= stored.getDimsCount() || stored.getDims(at) < 1
        ? Integer.MAX_VALUE
        : (int) Math.min(Integer.MAX_VALUE, stored.getDims(at));
  }
}
