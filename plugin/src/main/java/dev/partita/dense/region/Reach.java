package dev.partita.dense.region;

import com.google.common.collect.ImmutableSet;
import dev.partita.model.GraphIndex;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Which outputs of a model change when regions are cut. */
public final class Reach {

  private Reach() {}

  /**
   * The outputs of the main graph to which a path leads from some region. A region in a body counts
   * as the node whose body it is in.
   *
   * @param index of the main graph
   */
  public static ImmutableSet<String> outputs(GraphIndex index, Collection<Region> regions) {
    Set<Integer> cut = new HashSet<>();
    for (Region region : regions) {
      if (region.graph().isMain()) {
        cut.addAll(region.nodes());
        region.layers().forEach(layer -> cut.addAll(layer.layer().nodes()));
      } else {
        cut.add(region.graph().steps().get(0).node());
      }
    }
    return index.outputs().stream()
        .filter(output -> !Collections.disjoint(index.ancestors(List.of(output)), cut))
        .collect(ImmutableSet.toImmutableSet());
  }
}
