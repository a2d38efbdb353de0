package dev.partita.rewrite;

import com.google.common.collect.ImmutableMap;
import dev.partita.dense.DenseLayer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Recomputed weights of a region's layers. Where there are none, a block keeps the original's.
 *
 * @param blocks by layer name; one entry for each branch, or a single one for a layer that stays
 *     whole, whose inputs and outputs then stand in natural order
 */
public record RegionWeights(ImmutableMap<String, BlockWeights[]> blocks) {

  /** Nothing was recomputed. */
  public static final RegionWeights ORIGINAL = new RegionWeights(ImmutableMap.of());

  /** The block of a branch; null where the original's weights stay. */
  @Nullable BlockWeights of(DenseLayer layer, int branch) {
    BlockWeights[] all = blocks.get(layer.name());
    return all == null ? null : all[branch];
  }

  /** The same with one more layer. */
  public RegionWeights with(DenseLayer layer, BlockWeights[] weights) {
    Map<String, BlockWeights[]> more = new HashMap<>(blocks);
    more.put(layer.name(), weights);
    return new RegionWeights(ImmutableMap.copyOf(more));
  }
}
