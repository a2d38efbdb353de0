package dev.partita.dense.select;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.FeatureWise;
import dev.partita.dense.find.LayerFinder;
import dev.partita.dense.find.LayerMatch;
import dev.partita.dense.find.LayerMatch.Matched;
import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.dense.find.Ranks;
import dev.partita.dense.find.SkipReason;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.facts.OperatorFacts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Goes through every matrix product of a graph and decides: it may be cut, it closes a region and
 * stays whole, or it is skipped for a reason.
 */
public final class LayerSelection {

  private final GraphIndex index;
  private final FinderOptions options;
  private final LayerFinder finder;
  private final Map<Integer, DenseLayer> cut = new LinkedHashMap<>();
  private final Map<Integer, DenseLayer> closing = new LinkedHashMap<>();
  private final Map<String, LeftLayer> left = new LinkedHashMap<>();
  private final List<Skipped> skipped = new ArrayList<>();

  public LayerSelection(GraphIndex index, Ranks ranks, FinderOptions options) {
    this.index = index;
    this.options = options;
    this.finder = new LayerFinder(index, ranks);
    for (int i = 0; i < index.size(); i++) {
      select(i);
    }
  }

  /** Layers that may be cut, by the index of their product node. */
  public Map<Integer, DenseLayer> cut() {
    return cut;
  }

  /** Layers that stay whole and join the region in front of them, by their product node. */
  public Map<Integer, DenseLayer> closing() {
    return closing;
  }

  /** Dense layers that are left alone although their form is known. */
  public Map<String, LeftLayer> left() {
    return left;
  }

  public List<Skipped> skipped() {
    return skipped;
  }

  /** Leaves a layer alone after all. */
  public void skip(DenseLayer layer, SkipReason reason, String detail) {
    String operator = index.node(layer.nodes().get(0)).getOpType();
    skipped.add(new Skipped(layer.name(), operator, reason, detail));
    left.put(layer.name(), new LeftLayer(index.path(), layer));
  }

  private void select(int position) {
    NodeProto node = index.node(position);
    LayerMatch match = finder.match(position);
    if (match instanceof Refused refused) {
      skipped.add(
          new Skipped(
              index.nodeName(position), node.getOpType(), refused.reason(), refused.detail()));
    } else if (match instanceof Matched matched) {
      classify(matched.layer(), position);
    }
  }

  private void classify(DenseLayer layer, int position) {
    boolean included = options.included(layer.name());
    long smallest = (long) options.accelerators() * options.minBlock();
    if (options.excluded(layer.name())) {
      skip(layer, SkipReason.EXCLUDED, "An exclude pattern matches its name.");
    } else if (closesGraph(layer.output())
        && (layer.out() < smallest || !(included || options.cutClosing()))) {
      closing.put(position, layer);
    } else if (!options.include().isEmpty() && !included) {
      skip(layer, SkipReason.NOT_INCLUDED, "No include pattern matches its name.");
    } else if (layer.out() < smallest) {
      skip(layer, SkipReason.TOO_SMALL, tooSmall(layer.out(), "outputs"));
    } else if (layer.rank() == 0 && index.model().opset() < OperatorFacts.NEGATIVE_AXES_SINCE) {
      skip(
          layer,
          SkipReason.UNKNOWN_RANK,
          "Opset " + index.model().opset() + " needs the rank of '" + layer.input() + "'.");
    } else {
      cut.put(position, layer);
    }
  }

  public String tooSmall(int features, String what) {
    return features
        + " "
        + what
        + " are fewer than "
        + options.accelerators()
        + " accelerators x "
        + options.minBlock()
        + " features.";
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
          OperatorFacts.isRowScore(index.node(reader).getOpType())
              || (operands != null && operands.size() == 1);
      if (!passes) {
        return false;
      }
      at = index.node(reader).getOutput(0);
    }
    return false;
  }
}
