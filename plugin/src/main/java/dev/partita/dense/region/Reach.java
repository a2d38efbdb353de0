package dev.partita.dense.region;

import com.google.common.collect.ImmutableSet;
import dev.partita.model.GraphIndex;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
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
    Deque<Integer> open = new ArrayDeque<>();
    for (Region region : regions) {
      if (region.graph().isMain()) {
        open.addAll(region.nodes());
        region.layers().forEach(layer -> open.addAll(layer.layer().nodes()));
      } else {
        open.add(region.graph().steps().get(0).node());
      }
    }
    Set<Integer> seen = new HashSet<>(open);
    ImmutableSet.Builder<String> reached = ImmutableSet.builder();
    while (!open.isEmpty()) {
      for (String value : index.makes(open.remove())) {
        if (index.isOutput(value)) {
          reached.add(value);
        }
        for (int reader : index.consumers(value)) {
          if (seen.add(reader)) {
            open.add(reader);
          }
        }
      }
    }
    return reached.build();
  }
}
