package dev.partita.estimate;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import dev.partita.accelerator.Comparison;
import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.Target;
import dev.partita.dense.find.LayerRows;
import dev.partita.dense.find.Matrix;
import dev.partita.dense.region.Region;
import dev.partita.model.GraphIndex;
import dev.partita.partition.ContiguousStrategy;
import dev.partita.partition.PartitionPlan;
import dev.partita.partition.PlanProblem;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.rewrite.BridgePlaces;
import dev.partita.rewrite.Bridges;

/**
 * What regions cost in one way of cutting or another, before any of it is planned: time depends on
 * the sizes of blocks alone, and those are the same under any plan that balances them.
 */
public final class CutEstimates {

  private static final Matrix UNKNOWN = new Matrix(0, 0, new float[0]);

  private final GraphIndex index;
  private final Target target;
  private final Estimates estimates;
  private final BlockSizes sizes;
  private final DramSharing sharing;

  /**
   * Estimates for regions of a model.
   *
   * @param sharing which of the two figures decides
   */
  public CutEstimates(GraphIndex index, Target target, LayerRows rows, DramSharing sharing) {
    this.index = index;
    this.target = target;
    this.estimates = new Estimates(target, rows);
    this.sizes = new BlockSizes(target, sharing, rows);
    this.sharing = sharing;
  }

  /**
   * Whether a region may be cut for fewer accelerators than there are: of unequal ones nothing says
   * which would be left out.
   */
  public boolean allowsFewer() {
    return target.overrides().isEmpty();
  }

  /**
   * The dense layers of a region, dense and cut.
   *
   * @param branches at most as many as the target has accelerators
   * @param bridgeRank R; 0 for none. Bridges are counted wherever they may be
   */
  public Comparison compare(Region region, int branches, int bridgeRank) {
    PlanProblem problem = new PlanProblem(branches, region.spaces(), ImmutableList.of(), 0);
    PartitionPlan plan = new ContiguousStrategy().plan(sizes.sized(region, problem));
    Bridges bridges = bridges(places(region, branches, bridgeRank), bridgeRank);
    OptimizationReport.RegionEstimate estimate =
        estimates.estimate(estimates.region(region, plan, bridges));
    if (estimate == null) {
      throw new IllegalArgumentException("region " + region.id() + " has no layers");
    }
    return estimate.of(sharing);
  }

  /** Where a region may have bridges. */
  public BridgePlaces places(Region region, int branches, int bridgeRank) {
    return BridgePlaces.of(index, region, branches, bridgeRank);
  }

  /** Bridges of which no more is known than where they are. */
  private static Bridges bridges(BridgePlaces places, int rank) {
    return new Bridges(
        rank,
        ImmutableMap.copyOf(Maps.transformValues(places.entries(), readers -> UNKNOWN)),
        ImmutableMap.copyOf(
            Maps.transformValues(
                places.exits(), last -> new Bridges.Exit(last.layer().input(), UNKNOWN, UNKNOWN))));
  }
}
