package dev.partita.dense.select;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.FeatureWise;
import dev.partita.dense.find.LayerFinder;
import dev.partita.dense.find.LayerMatch.Matched;
import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.dense.find.Product;
import dev.partita.dense.find.Ranks;
import dev.partita.dense.find.SkipReason;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.facts.Operator.Features;
import dev.partita.onnx.facts.Operators;

/**
 * Goes through every matrix product of a graph and decides: it may be cut, it closes a region and
 * stays whole, or it is skipped for a reason.
 */
final class LayerSelector {

  private final GraphIndex index;
  private final FinderOptions options;
  private final ImmutableSortedMap.Builder<Integer, DenseLayer> cut =
      ImmutableSortedMap.naturalOrder();
  private final ImmutableSortedMap.Builder<Integer, DenseLayer> closing =
      ImmutableSortedMap.naturalOrder();
  private final ImmutableSortedMap.Builder<Integer, Skipped> skipped =
      ImmutableSortedMap.naturalOrder();

  LayerSelector(GraphIndex index, FinderOptions options) {
    this.index = index;
    this.options = options;
  }

  Selection select(Ranks ranks) {
    for (Product product : LayerFinder.find(index, ranks)) {
      if (product.match() instanceof Refused refused) {
        skipped.put(product.key().node(), Skipped.of(product, refused));
      } else if (product.match() instanceof Matched matched) {
        classify(matched.layer());
      }
    }
    return new Selection(cut.buildOrThrow(), closing.buildOrThrow(), skipped.buildOrThrow());
  }

  private void classify(DenseLayer layer) {
    boolean included = options.included(layer.name());
    if (options.excluded(layer.name())) {
      skip(layer, SkipReason.EXCLUDED, "An exclude pattern matches its name.");
    } else if (closesGraph(layer.output())
        && (options.isTooSmall(layer.out()) || !(included || options.cutClosing()))) {
      closing.put(layer.key().node(), layer);
    } else if (!options.include().isEmpty() && !included) {
      skip(layer, SkipReason.NOT_INCLUDED, "No include pattern matches its name.");
    } else if (options.isTooSmall(layer.out())) {
      skip(layer, SkipReason.TOO_SMALL, options.tooSmall(layer.out()));
    } else if (layer.rank() == 0 && !index.model().operatorSet().allowsNegativeAxes()) {
      skip(
          layer,
          SkipReason.UNKNOWN_RANK,
          "Opset " + index.model().opset() + " needs the rank of '" + layer.input() + "'.");
    } else {
      cut.put(layer.key().node(), layer);
    }
  }

  private void skip(DenseLayer layer, SkipReason reason, String detail) {
    skipped.put(layer.key().node(), Skipped.of(layer, reason, detail));
  }

  /**
   * Whether a value becomes an output of the model through nothing but one row of feature-wise
   * nodes. What a body hands out closes nothing: it is an inner value of the model.
   */
  private boolean closesGraph(String value) {
    if (!index.path().isMain()) {
      return false;
    }
    String at = value;
    for (int steps = 0; steps < index.size(); steps++) {
      if (index.isOutput(at)) {
        return true;
      }
      ImmutableList<Integer> readers = index.consumers(at);
      if (readers.size() != 1) {
        return false;
      }
      int reader = readers.get(0);
      ImmutableList<String> operands = FeatureWise.operands(index, reader);
      boolean passes =
          Operators.named(index.operator(reader)).features() == Features.SCORES
              || (operands != null && operands.size() == 1);
      if (!passes) {
        return false;
      }
      at = index.node(reader).getOutput(0);
    }
    return false;
  }
}
