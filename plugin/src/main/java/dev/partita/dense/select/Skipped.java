package dev.partita.dense.select;

import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.LayerKey;
import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.dense.find.Product;
import dev.partita.dense.find.SkipReason;
import org.jspecify.annotations.Nullable;

/**
 * A matrix product that is left alone.
 *
 * @param key which node it is; null in a model-local function, which is not a graph of the model
 * @param node what a person calls it, with the path of enclosing nodes if it is in a body
 * @param operator its operator type
 * @param layer the dense layer that it is all the same; null where its form is not known
 * @param reason the code
 * @param detail a sentence
 */
public record Skipped(
    @Nullable LayerKey key,
    String node,
    String operator,
    @Nullable DenseLayer layer,
    SkipReason reason,
    String detail) {

  /** A product that is not a dense layer. */
  static Skipped of(Product product, Refused why) {
    return new Skipped(
        product.key(), product.name(), product.operator(), null, why.reason(), why.detail());
  }

  /** A dense layer that is left alone. */
  static Skipped of(DenseLayer layer, SkipReason reason, String detail) {
    return new Skipped(layer.key(), layer.name(), layer.form().operator(), layer, reason, detail);
  }
}
