package dev.partita.dense.region;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.LayerKey;
import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.dense.find.Ranks;
import dev.partita.dense.select.FinderOptions;
import dev.partita.dense.select.FunctionProducts;
import dev.partita.dense.select.Selection;
import dev.partita.dense.select.Skipped;
import dev.partita.dense.select.TiedWeights;
import dev.partita.model.GraphIndex;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds the regions of a model.
 *
 * <pre>
 *   X -> Gemm -> Relu -> Gemm -> Relu -> Gemm -> logits
 *        \________ branches ________/    whole
 * </pre>
 */
public final class RegionFinder {

  private final FinderOptions options;
  private final ImmutableList<Found> graphs;
  private final ImmutableList<Skipped> inFunctions;
  private final TiedWeights tied;

  /** The products of one graph, and what the options say of them. */
  private record Found(GraphIndex index, Ranks ranks, Selection selection) {}

  /**
   * Finds the products of a model, and selects those that the options let be cut.
   *
   * @param index of any graph of the model
   */
  public RegionFinder(GraphIndex index, FinderOptions options) {
    this.options = options;
    ImmutableList.Builder<Found> found = ImmutableList.builder();
    for (GraphIndex graph : index.graphs()) {
      Ranks ranks = new Ranks(graph);
      found.add(new Found(graph, ranks, Selection.of(graph, ranks, options)));
    }
    this.graphs = found.build();
    this.inFunctions = FunctionProducts.skipped(index.model());
    this.tied = new TiedWeights(index, options);
  }

  /** What is found with all that the options let be cut. */
  public static Findings find(GraphIndex index, FinderOptions options) {
    return new RegionFinder(index, options).find(ImmutableMap.of());
  }

  /**
   * Every region, those of the main graph first, and a reason for every matrix product in none.
   *
   * @param barred layers that are left alone, and why
   */
  public Findings find(Map<LayerKey, Refused> barred) {
    Map<LayerKey, Refused> all = withTied(barred);
    ImmutableSet<LayerKey> shared = tied.shared(cut(all));
    List<Region> regions = new ArrayList<>();
    ImmutableList.Builder<Skipped> skipped = ImmutableList.builder();
    for (Found graph : graphs) {
      Selection selection = graph.selection().without(all);
      skipped.addAll(selection.skipped().values());
      Set<LayerKey> joined = new HashSet<>();
      for (Group group :
          new RegionGrower(graph.index(), selection, graph.ranks(), options).grow()) {
        group.closing.forEach(layer -> joined.add(layer.key()));
        regions.add(
            new RegionMaker(graph.index(), options, group, shared).make("r" + regions.size()));
      }
      selection.closing().values().stream()
          .filter(layer -> !joined.contains(layer.key()))
          .forEach(layer -> skipped.add(Selection.unjoined(layer, options)));
    }
    skipped.addAll(inFunctions);
    return new Findings(ImmutableList.copyOf(regions), skipped.build());
  }

  private List<DenseLayer> cut(Map<LayerKey, Refused> barred) {
    List<DenseLayer> cut = new ArrayList<>();
    graphs.forEach(graph -> cut.addAll(graph.selection().without(barred).cut().values()));
    return cut;
  }

  /** Those layers, and those that may not be cut because of them. */
  private Map<LayerKey, Refused> withTied(Map<LayerKey, Refused> barred) {
    Map<LayerKey, Refused> all = new LinkedHashMap<>(barred);
    Map<LayerKey, Refused> more;
    do {
      more = tied.refused(cut(all));
      all.putAll(more);
    } while (!more.isEmpty());
    return all;
  }
}
