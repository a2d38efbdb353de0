package dev.partita.estimate;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.MultimapBuilder;
import com.google.common.collect.SetMultimap;
import dev.partita.dense.region.Findings;
import dev.partita.model.GraphIndex;
import dev.partita.model.GraphPath;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What no estimate counts: everything but dense layers and the products that bridges add. Nodes of
 * type Constant, which are computed before a model runs, are left out.
 */
public final class NotCosted {
  private static final String CONSTANT = "Constant";

  private NotCosted() {}

  /**
   * How many nodes of each type no estimate counts, those of bodies included.
   *
   * @param index of the main graph of the model that came in
   * @param written how many nodes of each type the model has that was written, so that what cutting
   *     added is counted too; null where there is none. Of a type that dense layers are made of,
   *     such as MatMul, the nodes of the model that came in count
   */
  public static ImmutableSortedMap<String, Integer> operators(
      GraphIndex index, Findings findings, @Nullable Map<String, Integer> written) {
    SetMultimap<GraphPath, Integer> dense = MultimapBuilder.hashKeys().hashSetValues().build();
    findings.layers().forEach(layer -> dense.putAll(layer.key().graph(), layer.nodes()));
    Map<String, Integer> counts = new TreeMap<>();
    Set<String> denseTypes = new HashSet<>();
    for (GraphIndex graph : index.graphs()) {
      for (int node = 0; node < graph.size(); node++) {
        String type = graph.operator(node);
        if (dense.containsEntry(graph.path(), node)) {
          denseTypes.add(type);
        } else {
          counts.merge(type, 1, Integer::sum);
        }
      }
    }
    if (written != null) {
      counts.keySet().retainAll(denseTypes);
      written.forEach(
          (type, count) -> {
            if (!denseTypes.contains(type)) {
              counts.put(type, count);
            }
          });
    }
    counts.remove(CONSTANT);
    return ImmutableSortedMap.copyOf(counts);
  }
}
