package dev.partita.rewrite;

import com.google.common.collect.ImmutableMap;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.Matrix;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Recomputed weights of a region's layers. Where there are none, a block keeps the original's.
 *
 * @param blocks by the index of a layer's product node, since names need not be unique; one entry
 *     for each branch, or a single one for a layer that stays whole, whose inputs and outputs then
 *     are in natural order
 * @param bridges what the branches share in addition
 */
public record RegionWeights(ImmutableMap<Integer, BlockWeights[]> blocks, Bridges bridges) {

  /** Nothing was recomputed. */
  public static final RegionWeights ORIGINAL = new RegionWeights(ImmutableMap.of(), Bridges.NONE);

  /** The block of a branch; null where the original's weights stay. */
  public @Nullable BlockWeights of(DenseLayer layer, int branch) {
    BlockWeights[] all = blocks.get(layer.nodes().get(0));
    return all == null ? null : all[branch];
  }

  /** The same with one more layer. */
  public RegionWeights with(DenseLayer layer, BlockWeights[] weights) {
    Map<Integer, BlockWeights[]> more = new HashMap<>(blocks);
    more.put(layer.nodes().get(0), weights);
    return new RegionWeights(ImmutableMap.copyOf(more), bridges);
  }

  /** The same with a projection {@code [K, R]} of an entry value, which all its readers get. */
  public RegionWeights with(String entry, Matrix projection, int rank) {
    return new RegionWeights(blocks, bridges.with(entry, projection, rank));
  }

  /** The same with a bridge at an exit value. */
  public RegionWeights with(String exit, Bridges.Exit bridge, int rank) {
    return new RegionWeights(blocks, bridges.with(exit, bridge, rank));
  }

  /** Whether a layer's weights were recomputed. */
  public boolean contains(DenseLayer layer) {
    return blocks.containsKey(layer.nodes().get(0));
  }
}
