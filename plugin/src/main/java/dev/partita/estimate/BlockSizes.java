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
    if (target.overrides().isEmpty()) {
      return problem;
    }
    Shares shares =
        Shares.balanced(
            target,
            region.cutLayers().stream()
                .map(
                    layer ->
                        new Shares.BranchLayer(
                            rows.of(layer.layer()),
                            layer.layer().in(),
                            layer.layer().out(),
                            region.spaces().get(layer.inSpace()).state()
                                == FeatureSpace.State.ASSIGNED))
                .toList(),
            sharing);
    ImmutableList.Builder<ImmutableIntArray> granules = ImmutableList.builder();
    for (FeatureSpace space : region.spaces()) {
      long[] sizes = shares.sizes(space.granules());
      granules.add(ImmutableIntArray.copyOf(Arrays.stream(sizes).mapToInt(Ints::checkedCast)));
    }
    return problem.withBlocks(granules.build());
  }
}
