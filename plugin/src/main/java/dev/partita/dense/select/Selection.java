package dev.partita.dense.select;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Maps;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.LayerKey;
import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.dense.find.Ranks;
import dev.partita.dense.find.SkipReason;
import dev.partita.model.GraphIndex;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is to become of every matrix product of a graph, by the index of its node.
 *
 * @param cut layers that may be cut
 * @param closing layers that stay whole and join the region in front of them
 * @param skipped all others
 */
public record Selection(
    ImmutableSortedMap<Integer, DenseLayer> cut,
    ImmutableSortedMap<Integer, DenseLayer> closing,
    ImmutableSortedMap<Integer, Skipped> skipped) {

  /**
   * What options say of the products of a graph.
   *
   * @param ranks of its values
   */
  public static Selection of(GraphIndex index, Ranks ranks, FinderOptions options) {
    return new LayerSelector(index, options).select(ranks);
  }

  /**
   * The same with some layers left alone, for a reason each; those of other graphs do not count.
   */
  public Selection without(Map<LayerKey, Refused> barred) {
    Map<Integer, Skipped> more = new TreeMap<>(skipped);
    for (Map<Integer, DenseLayer> layers : List.of(cut, closing)) {
      for (DenseLayer layer : layers.values()) {
        Refused why = barred.get(layer.key());
        if (why != null) {
          more.put(layer.key().node(), Skipped.of(layer, why.reason(), why.detail()));
        }
      }
    }
    return new Selection(
        ImmutableSortedMap.copyOf(Maps.filterKeys(cut, node -> !more.containsKey(node))),
        ImmutableSortedMap.copyOf(Maps.filterKeys(closing, node -> !more.containsKey(node))),
        ImmutableSortedMap.copyOf(more));
  }

  /** A layer that was to close a region, where there is none that it could close. */
  public static Skipped unjoined(DenseLayer layer, FinderOptions options) {
    return options.isTooSmall(layer.out())
        ? Skipped.of(layer, SkipReason.TOO_SMALL, options.tooSmall(layer.out()))
        : Skipped.of(
            layer,
            SkipReason.CLOSING_LAYER,
            "It produces a graph output and no layer before it is cut; --include cuts it.");
  }
}
