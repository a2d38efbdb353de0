package dev.partita.dense.region;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.select.Skipped;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What was found in a model.
 *
 * @param regions what can be cut, those of the main graph first, each graph in its order
 * @param skipped every other matrix product, with its reason, in the same order, those of functions
 *     last
 */
public record Findings(ImmutableList<Region> regions, ImmutableList<Skipped> skipped) {

  /** Every dense layer of the model, those of regions first. */
  public Stream<DenseLayer> layers() {
    return Stream.concat(
        regions.stream().flatMap(region -> region.layers().stream()).map(RegionLayer::layer),
        leftLayers().stream());
  }

  /** The dense layers among the skipped: their form and sizes are known. */
  public ImmutableList<DenseLayer> leftLayers() {
    return skipped.stream()
        .map(Skipped::layer)
        .filter(Objects::nonNull)
        .collect(ImmutableList.toImmutableList());
  }
}
