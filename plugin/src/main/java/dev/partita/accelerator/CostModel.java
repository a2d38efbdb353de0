package dev.partita.accelerator;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Estimates time and energy of dense layers on a target. Counts come first, as whole numbers, and
 * prices after.
 *
 * <p><b>Time.</b> On one accelerator the array, the DRAM and the buffer overlap fully, so a product
 * takes as long as the busiest of them. Scatter, computation and gather do not overlap: the cycles
 * of a {@link Comparison} are {@code T_scatter + max_i T_i + T_gather}, added up over the stages.
 * {@link Estimate#overlappedCycles()} is the figure beside it for a machine that overlaps them
 * fully.
 *
 * <p><b>Bound by.</b> Each product's time is laid to the resource that binds it, on the slowest
 * accelerator of its stage, and link time to the link; an estimate names the resource with most of
 * the time, in the order array, DRAM, buffer, link where two are equal.
 *
 * <p><b>DRAM sharing.</b> Private: each accelerator has the target's bandwidth. Shared:
 * accelerators that work side by side have an equal part of it each; one that works alone (the
 * dense layers on one accelerator, a layer kept whole) has all of it.
 *
 * <p><b>Energy.</b> Static power burns on every accelerator of the target from start to end,
 * scatter, gather and whole layers included; in the figure for one accelerator on that one alone.
 */
public final class CostModel {
  private CostModel() {}

  /**
   * One block on one accelerator, without scatter or gather.
   *
   * @param target what it runs on
   * @param rows M, rows of the activation
   * @param in K, input features of the block
   * @param out N, output features of the block
   * @param sharing with {@link DramSharing#SHARED} the other accelerators of the target are busy
   *     too and the block has {@code 1 / accelerators} of the bandwidth; for a layer that runs
   *     while the others wait pass {@link DramSharing#PRIVATE}
   * @throws IllegalArgumentException if a size is negative, or too large to be counted in 63 bits
   */
  public static Estimate node(Target target, long rows, long in, long out, DramSharing sharing) {
    checkSizes("block", rows, in, out);
    return counted(
        "block of %d x %d x %d".formatted(rows, in, out),
        () -> {
          Timeline timeline = new Timeline(target, 1);
          timeline.parallel(
              ImmutableList.of(Work.of(target, rows, in, out, Baselines.share(target, sharing))));
          return timeline.estimate();
        });
  }

  /**
   * A conservative time for one block: the cycles of {@link #node}, the load of the first input and
   * weight tiles before anything can be computed, and the store of the last output tile after it.
   *
   * @throws IllegalArgumentException as {@link #node} does
   */
  public static long conservativeCycles(
      Target target, long rows, long in, long out, DramSharing sharing) {
    long cycles = node(target, rows, in, out, sharing).cycles();
    if (rows == 0 || in == 0 || out == 0) {
      return cycles;
    }
    Fetches tiling = Counter.bestTiling(target, rows, in, out);
    long load = (tiling.rowTile() + tiling.outTile()) * tiling.inTile();
    long store = tiling.rowTile() * tiling.outTile();
    int share = Baselines.share(target, sharing);
    return Words.add(cycles, Cycles.dram(target, load, share), Cycles.dram(target, store, share));
  }

  /**
   * The three figures for layers that follow one another: dense on one accelerator, dense split by
   * outputs over all, pruned with a block for each.
   *
   * <p>Split by outputs, accelerator i computes {@code N/P} outputs of every layer (the slowest
   * {@code ceil(N/P)}); its whole input goes to each of the P (there is no broadcast) and the
   * outputs come back, layer by layer. Pruned, layers with blocks run side by side from one that
   * scatters its input to one that gathers its output, with no traffic in between; whole layers run
   * on accelerator 0 by themselves. With one accelerator nothing travels.
   *
   * @throws IllegalArgumentException if a size is negative or too large to be counted in 63 bits,
   *     or a layer has more blocks than the target has accelerators
   */
  public static Comparison compare(Target target, List<LayerWork> layers, DramSharing sharing) {
    ImmutableList<LayerWork> checked = ImmutableList.copyOf(layers);
    checked.forEach(layer -> checkLayer(target, layer));
    return new Comparison(
        counted("model", () -> Baselines.denseOnOne(target, checked)),
        counted("model", () -> Baselines.denseOnAll(target, checked, sharing)),
        counted("model", () -> Baselines.pruned(target, checked, sharing).estimate()));
  }

  /**
   * When each accelerator does what in the last of the three figures of {@link #compare}.
   *
   * @throws IllegalArgumentException as {@link #compare} does
   */
  public static Schedule schedule(Target target, List<LayerWork> layers, DramSharing sharing) {
    ImmutableList<LayerWork> checked = ImmutableList.copyOf(layers);
    checked.forEach(layer -> checkLayer(target, layer));
    return counted("model", () -> Baselines.pruned(target, checked, sharing).schedule());
  }

  private static void checkLayer(Target target, LayerWork layer) {
    checkSizes("layer " + layer.name(), layer.rows(), layer.in(), layer.out());
    for (LayerWork.Block block : layer.blocks()) {
      checkSizes("a block of layer " + layer.name(), layer.rows(), block.in(), block.out());
    }
    Preconditions.checkArgument(
        layer.blocks().size() <= target.accelerators(),
        "layer %s has %s blocks, target %s has %s accelerators",
        layer.name(),
        layer.blocks().size(),
        target.name(),
        target.accelerators());
  }

  private static void checkSizes(String what, long rows, long in, long out) {
    Preconditions.checkArgument(
        rows >= 0 && in >= 0 && out >= 0,
        "%s has a negative size: %s rows, %s inputs, %s outputs",
        what,
        rows,
        in,
        out);
  }

  private static <T> T counted(String what, Supplier<T> figures) {
    try {
      return figures.get();
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "the %s is too large to be counted in 63 bits".formatted(what), e);
    }
  }
}
