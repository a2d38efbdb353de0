package dev.partita.estimate;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.Ints;
import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.Shares;
import dev.partita.accelerator.Target;
import dev.partita.dense.find.LayerRows;
import dev.partita.dense.region.FeatureSpace;
import dev.partita.dense.region.Region;
import dev.partita.partition.PlanProblem;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * How much of each feature space of a region each accelerator gets, so that branches end together.
 */
public final class BlockSizes {

  private final Target target;
  private final DramSharing sharing;
  private final LayerRows rows;

  /**
   * Sizes for a target.
   *
   * @param sharing of DRAM, for which branches are to end together
   */
  public BlockSizes(Target target, DramSharing sharing, LayerRows rows) {
    this.target = target;
    this.sharing = sharing;
    this.rows = rows;
  }

  /** The problem with blocks for these accelerators; as it is where they are equal. */
  public PlanProblem sized(Region region, PlanProblem problem) {
    return sized(List.of(region), problem);
  }

  /** The same for a problem that several regions make up together. */
  public PlanProblem sized(List<Region> regions, PlanProblem problem) {
    if (target.overrides().isEmpty()) {
      return problem;
    }
    Shares shares =
        Shares.balanced(target, regions.stream().flatMap(this::branchLayers).toList(), sharing);
    ImmutableList.Builder<ImmutableIntArray> granules = ImmutableList.builder();
    for (FeatureSpace space : problem.spaces()) {
      long[] sizes = shares.sizes(space.granules());
      granules.add(ImmutableIntArray.copyOf(Arrays.stream(sizes).mapToInt(Ints::checkedCast)));
    }
    return problem.withBlocks(granules.build());
  }

  private Stream<Shares.BranchLayer> branchLayers(Region region) {
    return region.cutLayers().stream()
        .map(
            layer ->
                new Shares.BranchLayer(
                    rows.of(layer.layer()),
                    layer.layer().in(),
                    layer.layer().out(),
                    region.spaces().get(layer.inSpace()).state() == FeatureSpace.State.ASSIGNED));
  }
}
