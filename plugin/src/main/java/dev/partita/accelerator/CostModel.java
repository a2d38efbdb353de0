package dev.partita.accelerator;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.List;
import java.util.function.Supplier;

/**
 * Estimates time and energy of dense layers on a target. Counts come first, as whole numbers, and
 * prices after.
 *
 * <p><b>Time.</b> On one accelerator the array, the DRAM and the buffer overlap fully, so a product
 * takes as long as the busiest of them. Scatter, computation and gather do not overlap: the cycles
 * of a {@link Comparison} are {@code T_scatter + max_i T_i + T_gather}, added up over the stages.
 * {@link Estimate#overlappedCycles()} is the figure for a machine that overlaps them fully.
 *
 * <p><b>Bound by.</b> Each product's time is laid to the resource that binds it, on the slowest
 * accelerator of its stage, and link time to the link; an estimate names the resource with most of
 * the time, in the order array, DRAM, buffer, link where two are equal.
 *
 * <p><b>DRAM sharing.</b> Private: each accelerator has the target's bandwidth. Shared:
 * accelerators that work side by side have an equal part of it each; one that works alone (the
 * dense layers on one accelerator, a layer kept whole) has all of it.
 *
 * <p><b>Working sets.</b> Where the bandwidth is a curve, the point that counts is what an
 * accelerator reads in a run of the model: all weights for dense on one, its part of them for dense
 * on all, its blocks (and on accelerator 0 whole layers) for pruned; with shared DRAM what all
 * read. {@link #node} and {@link #split} count with the largest working set of the curve.
 *
 * <p><b>Energy.</b> Static power burns on every accelerator of the target from start to end,
 * scatter, gather and whole layers included; in the figure for one accelerator on that one alone.
 *
 * <p><b>Unequal accelerators.</b> Block i runs on accelerator i. Times are in cycles of the
 * target's clock. Dense on one is the one that ends first; dense split gives each so many outputs
 * that all end together ({@link Shares}); whole layers of the pruned figure run on accelerator 0.
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
    return node(target, 0, rows, in, out, sharing);
  }

  /**
   * The same on one of a target's accelerators.
   *
   * @param accelerator which, from 0
   * @throws IllegalArgumentException also if there is no such accelerator
   */
  public static Estimate node(
      Target target, int accelerator, long rows, long in, long out, DramSharing sharing) {
    checkSizes("block", rows, in, out);
    Preconditions.checkArgument(
        accelerator >= 0 && accelerator < target.accelerators(),
        "accelerator %s of target %s, which has %s",
        accelerator,
        target.name(),
        target.accelerators());
    return counted(
        "block of %d x %d x %d".formatted(rows, in, out),
        () -> {
          Accelerators accelerators = Accelerators.of(target);
          int share = Accelerators.share(sharing, target.accelerators());
          Timeline timeline = new Timeline(accelerators, ImmutableSet.of(accelerator));
          timeline.alone(
              accelerator, accelerators.work(accelerator, Product.of(rows, in, out), share));
          return timeline.estimate();
        });
  }

  /**
   * One dense layer split over a grid of accelerators, each operand read once from DRAM by one that
   * needs it and passed on to the others: what a dense layer costs at best where accelerators can
   * forward. Partial sums are added up over the link.
   *
   * @throws IllegalArgumentException as {@link #node} does, or if the grid has more accelerators
   *     than the target, or more parts than features, or the accelerators are unequal
   */
  public static Estimate split(
      Target target, long rows, long in, long out, Split split, DramSharing sharing) {
    checkSizes("layer", rows, in, out);
    Preconditions.checkArgument(
        split.accelerators() <= target.accelerators()
            && split.inputParts() <= in
            && split.outputParts() <= out
            && target.overrides().isEmpty(),
        "a layer of %s x %s cannot be split over %s of the %s accelerators of target %s",
        in,
        out,
        split,
        target.accelerators(),
        target.name());
    LayerWork layer = new LayerWork("layer", rows, in, out, ImmutableList.of(), false, false);
    return counted("layer", () -> Baselines.split(target, layer, split, sharing));
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
    return compare(target, layers, layers, sharing);
  }

  /**
   * The same for some layers of a model: the working sets, on which the bandwidth may depend, are
   * those of the whole.
   *
   * @param model all of its dense layers
   * @throws IllegalArgumentException as above, for layers of the model as well
   */
  public static Comparison compare(
      Target target, List<LayerWork> layers, List<LayerWork> model, DramSharing sharing) {
    Supplier<Baselines> baselines = baselines(target, layers, model, sharing);
    return counted(
        "model",
        () -> {
          Baselines figures = baselines.get();
          return new Comparison(
              figures.denseOnOne(), figures.denseOnAll(), figures.pruned().estimate());
        });
  }

  /**
   * When each accelerator does what in the last of the three figures of {@link #compare}.
   *
   * @throws IllegalArgumentException as {@link #compare} does
   */
  public static Schedule schedule(Target target, List<LayerWork> layers, DramSharing sharing) {
    Supplier<Baselines> baselines = baselines(target, layers, layers, sharing);
    return counted("model", () -> baselines.get().pruned().schedule());
  }

  private static Supplier<Baselines> baselines(
      Target target, List<LayerWork> layers, List<LayerWork> model, DramSharing sharing) {
    ImmutableList<LayerWork> checked = ImmutableList.copyOf(layers);
    ImmutableList<LayerWork> context = ImmutableList.copyOf(model);
    checked.forEach(layer -> checkLayer(target, layer));
    context.forEach(layer -> checkLayer(target, layer));
    return () -> new Baselines(target, checked, context, sharing);
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

  static void checkSizes(String what, long rows, long in, long out) {
    Preconditions.checkArgument(
        rows >= 0 && in >= 0 && out >= 0,
        "%s has a negative size: %s rows, %s inputs, %s outputs",
        what,
        rows,
        in,
        out);
  }

  static <T> T counted(String what, Supplier<T> counting) {
    try {
      return counting.get();
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "the %s is too large to be counted in 63 bits".formatted(what), e);
    }
  }
}
