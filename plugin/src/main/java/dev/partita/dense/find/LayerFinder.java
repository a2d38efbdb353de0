package dev.partita.dense.find;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.dense.find.LayerMatch.Matched;
import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.model.Attributes;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.facts.Operators;
import org.jspecify.annotations.Nullable;

/** Finds every matrix product of a graph: as a dense layer, or with the reason why it is none. */
public final class LayerFinder {

  private static final String ORIGIN_KEY = "dev.partita.origin";

  private final GraphIndex index;
  private final Ranks ranks;

  private LayerFinder(GraphIndex index, Ranks ranks) {
    this.index = index;
    this.ranks = ranks;
  }

  /**
   * The products of a graph, in its order; those of the bodies that it holds are not among them.
   *
   * @param ranks of its values
   */
  public static ImmutableList<Product> find(GraphIndex index, Ranks ranks) {
    LayerFinder finder = new LayerFinder(index, ranks);
    ImmutableList.Builder<Product> products = ImmutableList.builder();
    for (int i = 0; i < index.size(); i++) {
      LayerMatch match = finder.match(i);
      if (match != null) {
        LayerKey key = new LayerKey(index.path(), i);
        products.add(new Product(key, index.nodeName(i), index.operator(i), match));
      }
    }
    return products.build();
  }

  /** The products of a graph that are dense layers. */
  public static ImmutableMap<LayerKey, DenseLayer> layers(GraphIndex index) {
    ImmutableMap.Builder<LayerKey, DenseLayer> layers = ImmutableMap.builder();
    for (Product product : find(index, new Ranks(index))) {
      if (product.match() instanceof Matched matched) {
        layers.put(product.key(), matched.layer());
      }
    }
    return layers.buildOrThrow();
  }

  /** What a node is; null if it is not a matrix product. */
  private @Nullable LayerMatch match(int position) {
    NodeProto node = index.node(position);
    boolean product = Operators.named(node.getOpType()).isProduct();
    if (!product && Forms.ALL.stream().noneMatch(f -> f.operator().equals(node.getOpType()))) {
      return OtherProducts.refused(index, position, ranks);
    }
    for (StringStringEntryProto entry : node.getMetadataPropsList()) {
      if (entry.getKey().equals(ORIGIN_KEY)) {
        return new Refused(
            SkipReason.ALREADY_PARTITIONED, "An earlier run cut '" + entry.getValue() + "'.");
      }
    }
    if (Attributes.hasBody(node)) {
      return new Refused(SkipReason.UNSUPPORTED_FORM, "It has a graph attribute.");
    }
    if (node.getInputCount() >= 2 && node.getOutputCount() >= 1) {
      for (DenseForm form : Forms.ALL) {
        LayerMatch match =
            form.hasOperator(index, node) ? form.match(index, position, ranks) : null;
        if (match != null) {
          return match;
        }
      }
    }
    String domain = node.getDomain().isEmpty() ? "" : " of " + node.getDomain();
    return product
        ? new Refused(
            SkipReason.UNSUPPORTED_FORM,
            node.getOpType() + domain + " in opset " + index.model().opset() + " is not cut.")
        : null;
  }
}
