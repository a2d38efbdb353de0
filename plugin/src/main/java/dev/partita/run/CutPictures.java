package dev.partita.run;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import dev.partita.dense.find.DenseLayer;
import dev.partita.dense.find.Matrix;
import dev.partita.dense.find.WeightMatrix;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.partition.PartitionPlan;
import dev.partita.report.schema.Illustrations.CutPicture;
import dev.partita.rewrite.BlockWeights;
import dev.partita.rewrite.RegionWeights;
import dev.partita.rewrite.Rewriting;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Draws the matrices that were cut. A layer is read row by row, and a branch at a time. */
final class CutPictures {

  private static final int LARGEST_SIDE = 256;
  private static final int SMALLEST_SIDE = 32;

  /** What all pictures together may have, so that a page of a hundred layers can be opened. */
  private static final int MOST_PIXELS = 1_000_000;

  /** What is lighter than this share of the pixels is told apart; few weights are far larger. */
  private static final double BRIGHTEST = 0.99;

  private CutPictures() {}

  static ImmutableList<CutPicture> of(Rewriting rewriting) {
    List<Region> regions = rewriting.active();
    int layers = regions.stream().mapToInt(region -> region.cutLayers().size()).sum();
    int side = side(layers);
    ImmutableList.Builder<CutPicture> pictures = ImmutableList.builder();
    for (Region region : regions) {
      for (RegionLayer layer : region.cutLayers()) {
        pictures.add(
            picture(region, layer, rewriting.plan(region), rewriting.weights(region), side));
      }
    }
    return pictures.build();
  }

  private static int side(int layers) {
    int affordable = (int) Math.sqrt(MOST_PIXELS / (2.0 * Math.max(1, layers)));
    return Math.max(SMALLEST_SIDE, Math.min(LARGEST_SIDE, affordable));
  }

  private static CutPicture picture(
      Region region, RegionLayer place, PartitionPlan plan, RegionWeights weights, int side) {
    DenseLayer layer = place.layer();
    MagnitudeGrid before = new MagnitudeGrid(layer.in(), layer.out(), side);
    WeightMatrix matrix = layer.weight();
    float[] row = new float[matrix.storedColumns()];
    for (int r = 0; r < matrix.storedRows(); r++) {
      matrix.readStored(r, 1, row);
      for (int c = 0; c < row.length; c++) {
        // The layer's factor is in recomputed weights, so it has to be in these.
        float weight = layer.alpha() * row[c];
        before.add(matrix.ofRows(r, c), matrix.ofRows(c, r), weight);
      }
    }
    MagnitudeGrid after = new MagnitudeGrid(layer.in(), layer.out(), side);
    int firstIn = 0;
    int firstOut = 0;
    for (int branch = 0; branch < plan.branches(); branch++) {
      int[] ins = features(plan, place.inSpace(), branch, layer.in());
      int[] outs = features(plan, place.outSpace(), branch, layer.out());
      block(after, firstIn, firstOut, ins, outs, layer, weights.of(layer, branch));
      firstIn += plan.isAssigned(place.inSpace()) ? ins.length : 0;
      firstOut += plan.isAssigned(place.outSpace()) ? outs.length : 0;
    }
    double top = top(before.means());
    return new CutPicture(
        region.id(),
        layer.name(),
        layer.in(),
        layer.out(),
        before.height(),
        before.width(),
        levels(before.means(), top),
        levels(after.means(), top),
        ends(plan, place.inSpace()),
        ends(plan, place.outSpace()));
  }

  private static void block(
      MagnitudeGrid grid,
      int firstIn,
      int firstOut,
      int[] ins,
      int[] outs,
      DenseLayer layer,
      @Nullable BlockWeights recomputed) {
    Matrix block = recomputed == null ? layer.weight().block(ins, outs) : recomputed.weight();
    float factor = recomputed == null ? layer.alpha() : 1;
    for (int i = 0; i < ins.length; i++) {
      for (int j = 0; j < outs.length; j++) {
        grid.add(firstIn + i, firstOut + j, factor * block.values()[i * outs.length + j]);
      }
    }
  }

  private static int[] features(PartitionPlan plan, int space, int branch, int size) {
    return plan.isAssigned(space)
        ? plan.features(space, branch)
        : IntStream.range(0, size).toArray();
  }

  private static ImmutableIntArray ends(PartitionPlan plan, int space) {
    ImmutableIntArray.Builder ends = ImmutableIntArray.builder();
    int end = 0;
    for (int branch = 0; plan.isAssigned(space) && branch < plan.branches(); branch++) {
      end += plan.blockSize(space, branch);
      ends.add(end);
    }
    return ends.build();
  }

  /** The magnitude of the highest level; the largest where nearly all are 0. */
  private static double top(double[] means) {
    double[] sorted = means.clone();
    Arrays.sort(sorted);
    double high = sorted[(int) ((sorted.length - 1) * BRIGHTEST)];
    return high > 0 ? high : sorted[sorted.length - 1];
  }

  private static ImmutableIntArray levels(double[] means, double top) {
    int highest = CutPicture.LEVELS - 1;
    return ImmutableIntArray.copyOf(
        Arrays.stream(means)
            // What is not 0 is seen.
            .mapToInt(
                mean ->
                    mean == 0
                        ? 0
                        : (int) Math.max(1, Math.min(highest, Math.round(highest * mean / top)))));
  }
}
