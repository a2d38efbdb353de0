package dev.partita.plan;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.WeightMatrix;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.dense.region.SharedLayers;
import dev.partita.partition.JointProblem;
import dev.partita.partition.JointProblem.Place;
import dev.partita.partition.PlanProblem;
import java.util.ArrayList;
import java.util.List;

/**
 * Which spaces layers of one stored weight have to deal out alike, so that one set of blocks serves
 * all of them: the spaces along its rows, and the spaces along its columns.
 *
 * <pre>
 *   a -> Gemm(W) -> b -> Relu -> Gemm(W) -> c      rows of W: a, b; columns: b, c: all alike
 * </pre>
 */
final class SharedPlans {

  private SharedPlans() {}

  /**
   * The problems of some regions as one.
   *
   * @param parts the problem of each region
   */
  static JointProblem joint(List<Region> regions, List<PlanProblem> parts) {
    List<List<Place>> alike = new ArrayList<>();
    for (ImmutableList<SharedLayers.Use> group : SharedLayers.of(regions)) {
      List<Place> rows = new ArrayList<>();
      List<Place> columns = new ArrayList<>();
      for (SharedLayers.Use use : group) {
        RegionLayer layer = use.layer();
        WeightMatrix weight = layer.layer().weight();
        int part = regions.indexOf(use.region());
        rows.add(new Place(part, weight.ofRows(layer.inSpace(), layer.outSpace())));
        columns.add(new Place(part, weight.ofColumns(layer.inSpace(), layer.outSpace())));
      }
      alike.add(rows);
      alike.add(columns);
    }
    return JointProblem.of(parts, alike);
  }
}
