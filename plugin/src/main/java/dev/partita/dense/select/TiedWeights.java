package dev.partita.dense.select;

import com.google.common.collect.ImmutableMap;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.LayerKey;
import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.dense.find.SkipReason;
import dev.partita.dense.find.WeightReaders;
import dev.partita.dense.find.WeightReaders.Shared;
import dev.partita.model.GraphIndex;
import java.util.Collection;

/**
 * Leaves alone layers whose stored weight is also read by something that is not cut, such as the
 * Gather of a tied embedding: the tensor would stay, and the blocks would be stored next to it.
 */
public final class TiedWeights {

  private final WeightReaders readers;
  private final FinderOptions options;

  /**
   * Prepares for the layers of a model.
   *
   * @param model index of any graph of the model
   */
  public TiedWeights(GraphIndex model, FinderOptions options) {
    this.readers = new WeightReaders(model);
    this.options = options;
  }

  /** Those of the layers that are to be cut that have to stay, unless they are included by name. */
  public ImmutableMap<LayerKey, Refused> refused(Collection<DenseLayer> cut) {
    ImmutableMap.Builder<LayerKey, Refused> refused = ImmutableMap.builder();
    for (Shared shared : readers.shared(cut)) {
      if (!shared.others().isEmpty()) {
        shared.layers().stream()
            .filter(layer -> !options.included(layer.name()))
            .forEach(layer -> refused.put(layer.key(), refused(shared)));
      }
    }
    return refused.buildOrThrow();
  }

  private static Refused refused(Shared shared) {
    return new Refused(
        SkipReason.TIED_WEIGHT,
        "%s, which is not cut, also reads the weight '%s', so the blocks would be stored next to it; --include cuts the layer."
            .formatted(shared.others().get(0), shared.stored().name()));
  }
}
