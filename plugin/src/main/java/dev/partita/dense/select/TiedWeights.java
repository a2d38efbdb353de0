package dev.partita.dense.select;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
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
 * Likewise layers that read one stored weight in different ways: they can share no blocks.
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
      if (!shared.others().isEmpty() || !shared.isUniform()) {
        shared.layers().stream()
            .filter(layer -> !options.included(layer.name()))
            .forEach(layer -> refused.put(layer.key(), refused(shared)));
      }
    }
    return refused.buildOrThrow();
  }

  /** Those of the layers that are to be cut that share a stored weight and have one plan. */
  public ImmutableSet<LayerKey> shared(Collection<DenseLayer> cut) {
    return readers.shared(cut).stream()
        .filter(shared -> shared.layers().size() > 1 && shared.isUniform())
        .flatMap(shared -> shared.layers().stream())
        .map(DenseLayer::key)
        .collect(ImmutableSet.toImmutableSet());
  }

  private static Refused refused(Shared shared) {
    if (shared.others().isEmpty()) {
      return new Refused(
          SkipReason.TIED_WEIGHT,
          "The layers %s read the weight '%s' in different ways, so each would need blocks of its own; --include cuts the layer."
              .formatted(String.join(", ", shared.names()), shared.stored().name()));
    }
    return new Refused(
        SkipReason.TIED_WEIGHT,
        "%s, which is not cut, also reads the weight '%s', so the blocks would be stored next to it; --include cuts the layer."
            .formatted(shared.others().get(0), shared.stored().name()));
  }
}
