package dev.partita.shard;

import com.google.common.collect.ImmutableSet;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.NodeProto;
import java.util.HashSet;
import java.util.Set;

/**
 * Nodes that make constants of constants, such as a DequantizeLinear of a weight. They do no work
 * to be placed: each stage that reads what they make has them for itself.
 */
final class ConstantNodes {

  /** What gives another value each time it is run. */
  private static final ImmutableSet<String> RANDOM =
      ImmutableSet.of(
          "RandomNormal",
          "RandomUniform",
          "RandomNormalLike",
          "RandomUniformLike",
          "Multinomial",
          "Bernoulli");

  private final Set<Integer> nodes = new HashSet<>();
  private final Set<String> values = new HashSet<>();

  ConstantNodes(GraphIndex index) {
    GraphProto graph = index.model().proto().getGraph();
    graph.getInitializerList().forEach(tensor -> values.add(tensor.getName()));
    graph.getSparseInitializerList().forEach(tensor -> values.add(tensor.getValues().getName()));
    for (int i = 0; i < index.size(); i++) {
      NodeProto node = index.node(i);
      boolean fixed =
          values.containsAll(index.reads(i))
              && !RANDOM.contains(node.getOpType())
              && node.getAttributeList().stream().noneMatch(a -> a.hasG() || a.getGraphsCount() > 0)
              // What a function does inside is its own affair, so that it counts as work.
              && index.model().proto().getFunctionsList().stream()
                  .noneMatch(f -> f.getName().equals(node.getOpType()));
      if (fixed) {
        nodes.add(i);
        values.addAll(node.getOutputList());
      }
    }
  }

  boolean isNode(int node) {
    return nodes.contains(node);
  }

  /** Whether a value is a constant, stored or made of stored ones. */
  boolean isValue(String value) {
    return values.contains(value);
  }
}
