package dev.partita.accelerator;

import com.google.common.collect.ImmutableList;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** The order in which layers, transfers and branches follow one another in each of the figures. */
final class Baselines {
  private Baselines() {}

  /** Every layer on one accelerator, alone on DRAM; nothing travels. */
  static Estimate denseOnOne(Target target, ImmutableList<LayerWork> layers) {
    Timeline timeline = new Timeline(target, 1);
    for (LayerWork layer : unpruned(layers)) {
      timeline.parallel(ImmutableList.of(alone(target, layer)));
    }
    return timeline.estimate();
  }

  /** Every layer split by outputs, its input to all, its outputs back. */
  static Estimate denseOnAll(Target target, ImmutableList<LayerWork> layers, DramSharing sharing) {
    int accelerators = target.accelerators();
    Timeline timeline = new Timeline(target, accelerators);
    for (LayerWork layer : unpruned(layers)) {
      // With fewer outputs than accelerators some have nothing to do.
      int busy = (int) Math.min(accelerators, layer.out());
      if (accelerators > 1) {
        timeline.transfer(Words.product(busy, layer.rows(), layer.in()));
      }
      int share = sharing == DramSharing.SHARED ? Math.max(1, busy) : 1;
      timeline.parallel(
          LongStream.range(0, busy)
              .map(i -> layer.out() / busy + (i < layer.out() % busy ? 1 : 0))
              .mapToObj(out -> Work.of(target, layer.rows(), layer.in(), out, share))
              .collect(ImmutableList.toImmutableList()));
      if (accelerators > 1) {
        timeline.transfer(Words.product(layer.rows(), layer.out()));
      }
    }
    return timeline.estimate();
  }

  /** Blocks side by side from a scatter to a gather, whole layers by themselves in between. */
  static Estimate pruned(Target target, ImmutableList<LayerWork> layers, DramSharing sharing) {
    Timeline timeline = new Timeline(target, target.accelerators());
    boolean travels = target.accelerators() > 1;
    ImmutableList<Work> branches = ImmutableList.of();
    for (LayerWork layer : layers) {
      boolean whole = layer.blocks().isEmpty();
      if (whole || layer.scattersInput()) {
        timeline.parallel(branches);
        branches = ImmutableList.of();
      }
      if (whole) {
        timeline.parallel(ImmutableList.of(alone(target, layer)));
        continue;
      }
      if (travels && layer.scattersInput()) {
        timeline.transfer(words(layer, layer.blocks().stream().map(LayerWork.Block::in)));
      }
      branches = extend(branches, blocks(target, layer, sharing));
      if (layer.gathersOutput()) {
        timeline.parallel(branches);
        branches = ImmutableList.of();
        if (travels) {
          timeline.transfer(words(layer, layer.blocks().stream().map(LayerWork.Block::out)));
        }
      }
    }
    timeline.parallel(branches);
    return timeline.estimate();
  }

  private static ImmutableList<LayerWork> unpruned(ImmutableList<LayerWork> layers) {
    return layers.stream().filter(layer -> !layer.added()).collect(ImmutableList.toImmutableList());
  }

  private static Work alone(Target target, LayerWork layer) {
    return Work.of(target, layer.rows(), layer.in(), layer.out(), 1);
  }

  private static ImmutableList<Work> blocks(Target target, LayerWork layer, DramSharing sharing) {
    // A layer that is cut for fewer accelerators leaves the bandwidth to those.
    int share = sharing == DramSharing.SHARED ? layer.blocks().size() : 1;
    return layer.blocks().stream()
        .map(block -> Work.of(target, layer.rows(), block.in(), block.out(), share))
        .collect(ImmutableList.toImmutableList());
  }

  /** Each branch, with its next block; a branch that has none waits. */
  private static ImmutableList<Work> extend(
      ImmutableList<Work> branches, ImmutableList<Work> next) {
    ImmutableList.Builder<Work> extended = ImmutableList.builder();
    for (int i = 0; i < Math.max(branches.size(), next.size()); i++) {
      Work before = i < branches.size() ? branches.get(i) : Work.NONE;
      extended.add(i < next.size() ? before.then(next.get(i)) : before);
    }
    return extended.build();
  }

  private static long words(LayerWork layer, Stream<Long> features) {
    return Math.multiplyExact(layer.rows(), features.reduce(0L, Math::addExact));
  }

  /** How many accelerators divide the DRAM bandwidth when all are busy. */
  static int share(Target target, DramSharing sharing) {
    return switch (sharing) {
      case PRIVATE -> 1;
      case SHARED -> target.accelerators();
    };
  }
}
