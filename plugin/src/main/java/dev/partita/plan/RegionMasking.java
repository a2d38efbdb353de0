package dev.partita.plan;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.StoredWeight;
import dev.partita.dense.find.WeightMatrix;
import dev.partita.dense.region.FeatureSpace;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.model.GraphIndex;
import dev.partita.partition.PartitionPlan;
import dev.partita.report.schema.MasksReport.LayerMask;
import dev.partita.report.schema.MasksReport.Orientation;
import dev.partita.report.schema.MasksReport.RegionMasks;
import dev.partita.report.schema.MasksReport.SpaceOrder;
import dev.partita.runtime.NpzArchive;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The masks of one region and its plan. A mask is never held: a row of it is one of as many rows as
 * there are accelerators.
 */
public final class RegionMasking {

  private final Region region;
  private final PartitionPlan plan;
  private final RegionMasks masks;

  public RegionMasking(GraphIndex index, Region region, PartitionPlan plan, MaskKeys keys) {
    this.region = region;
    this.plan = plan;
    this.masks =
        new RegionMasks(
            region.id(),
            plan.retainedImportance(),
            region.spaces().stream()
                .map(FeatureSpace::id)
                .filter(plan::isAssigned)
                .map(this::space)
                .collect(ImmutableList.toImmutableList()),
            region.layers().stream()
                .map(layer -> layer(index, layer, keys))
                .collect(ImmutableList.toImmutableList()));
  }

  /** Whether a plan drops weights of a layer. */
  public static boolean isMasked(Region region, RegionLayer layer) {
    return !layer.whole()
        && region.spaces().get(layer.inSpace()).state() == FeatureSpace.State.ASSIGNED;
  }

  /** What there is. */
  public RegionMasks description() {
    return masks;
  }

  private SpaceOrder space(int space) {
    return new SpaceOrder(
        space,
        IntStream.range(0, plan.branches())
            .mapToObj(branch -> plan.blockSize(space, branch))
            .collect(ImmutableList.toImmutableList()),
        MaskKeys.owner(region.id(), space),
        MaskKeys.order(region.id(), space));
  }

  private LayerMask layer(GraphIndex index, RegionLayer layer, MaskKeys keys) {
    DenseLayer dense = layer.layer();
    StoredWeight stored = StoredWeight.of(index, dense);
    boolean masked = isMasked(region, layer);
    return new LayerMask(
        dense.name(),
        dense.form().label(),
        region.id(),
        stored.name(),
        dense.bias() == null ? null : dense.bias().value(),
        stored.shape(),
        dense.weight().ofRows(Orientation.IN_OUT, Orientation.OUT_IN),
        dense.in(),
        dense.out(),
        plan.isAssigned(layer.inSpace()) ? layer.inSpace() : null,
        !layer.whole() && plan.isAssigned(layer.outSpace()) ? layer.outSpace() : null,
        masked ? keys.mask(stored.name()) : null,
        masked ? kept(layer) : (long) dense.in() * dense.out());
  }

  private long kept(RegionLayer layer) {
    return IntStream.range(0, plan.branches())
        .mapToLong(
            branch ->
                (long) plan.blockSize(layer.inSpace(), branch)
                    * plan.blockSize(layer.outSpace(), branch))
        .sum();
  }

  /** Writes the arrays that the description names. */
  public void writeTo(NpzArchive archive) throws IOException {
    for (SpaceOrder space : masks.spaces()) {
      archive.array(space.owner(), owners(space.id()));
      archive.array(space.order(), plan.order(space.id()));
    }
    List<RegionLayer> layers = region.layers();
    for (int i = 0; i < layers.size(); i++) {
      LayerMask mask = masks.layers().get(i);
      if (mask.mask() != null) {
        RegionLayer layer = layers.get(i);
        archive.array(
            mask.mask(), NpzArchive.Type.UINT8, mask.shape(), out -> writeMask(layer, out));
      }
    }
  }

  private void writeMask(RegionLayer layer, OutputStream out) throws IOException {
    WeightMatrix weight = layer.layer().weight();
    int[] ins = owners(layer.inSpace());
    int[] outs = owners(layer.outSpace());
    int[] rows = weight.ofRows(ins, outs);
    int[] columns = weight.ofColumns(ins, outs);
    byte[][] rowOf = new byte[plan.branches()][columns.length];
    for (int column = 0; column < columns.length; column++) {
      rowOf[columns[column]][column] = 1;
    }
    for (int owner : rows) {
      out.write(rowOf[owner]);
    }
  }

  private int[] owners(int space) {
    int[] owners = new int[region.spaces().get(space).size()];
    for (int branch = 0; branch < plan.branches(); branch++) {
      for (int feature : plan.features(space, branch)) {
        owners[feature] = branch;
      }
    }
    return owners;
  }
}
