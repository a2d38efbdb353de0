package dev.partita.dense.find;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.model.ElementType;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.NodeProto;
import java.util.Collections;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The tensor that a layer's weight is stored in, and whether it can be masked: whether a zero in it
 * is a zero of this layer's weight and of nothing else.
 *
 * @param name of the initializer, or of what the Constant node makes
 * @param shape as stored
 * @param obstacle why it cannot be masked; null where it can
 */
public record StoredWeight(String name, ImmutableList<Long> shape, @Nullable Refused obstacle) {

  /**
   * Where the weight of a layer is stored.
   *
   * @param model index of any graph of the model
   */
  public static StoredWeight of(GraphIndex model, DenseLayer layer) {
    GraphIndex index = model.at(layer.key().graph());
    ConstantSource source = layer.weight().source();
    String root = ConstantTrace.root(index, source.value());
    return new StoredWeight(
        root, ImmutableList.copyOf(source.stored().getDimsList()), obstacle(index, source, root));
  }

  private static @Nullable Refused obstacle(GraphIndex index, ConstantSource source, String root) {
    ElementType stored = ElementType.ofNumbers(source.stored().getDataType());
    boolean whole = stored == null || !stored.isFloating();
    if (whole || source.steps().stream().anyMatch(DecodeStep.Linear.class::isInstance)) {
      return new Refused(
          SkipReason.QUANTIZED_WEIGHT,
          "The weight '" + root + "' is quantized and cannot be trained further.");
    }
    String value = source.value();
    while (true) {
      GraphIndex definer = index.definer(value);
      if (uses(definer, value) > 1) {
        return new Refused(
            SkipReason.TIED_WEIGHT,
            "The weight '"
                + root
                + "' is used in more than one place, and a mask would affect all of them.");
      }
      if (value.equals(root)) {
        return null;
      }
      OptionalInt producer = definer.producer(value);
      value = definer.node(producer.orElseThrow()).getInput(0);
    }
  }

  /** How often a value is read in the graphs that see it; a graph output counts as well. */
  private static int uses(GraphIndex definer, String value) {
    int uses = 0;
    for (GraphIndex graph : definer.graphs()) {
      if (!graph.definer(value).path().equals(definer.path())) {
        continue;
      }
      for (int i = 0; i < graph.size(); i++) {
        NodeProto node = graph.node(i);
        uses += Collections.frequency(node.getInputList(), value);
      }
      uses += graph.isOutput(value) ? 1 : 0;
    }
    return uses;
  }
}
