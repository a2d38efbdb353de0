package dev.partita.accelerator;

import com.google.common.collect.ImmutableList;
import dev.partita.accelerator.Schedule.Kind;
import dev.partita.accelerator.Timeline.Job;
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
  static Timeline pruned(Target target, ImmutableList<LayerWork> layers, DramSharing sharing) {
    Timeline timeline = new Timeline(target, target.accelerators());
    boolean travels = target.accelerators() > 1;
    ImmutableList<ImmutableList<Job>> branches = ImmutableList.of();
    for (LayerWork layer : layers) {
      boolean whole = layer.blocks().isEmpty();
      if (whole || layer.scattersInput()) {
        timeline.jobs(branches);
        branches = ImmutableList.of();
      }
      if (whole) {
        timeline.jobs(
            ImmutableList.of(ImmutableList.of(new Job(layer.name(), alone(target, layer)))));
        continue;
      }
      if (travels && layer.scattersInput()) {
        timeline.transfer(
            Kind.SCATTER,
            layer.name(),
            words(layer, layer.blocks().stream().map(LayerWork.Block::in)));
      }
      branches = extend(branches, blocks(target, layer, sharing));
      if (layer.gathersOutput()) {
        timeline.jobs(branches);
        branches = ImmutableList.of();
        if (travels) {
          timeline.transfer(
              Kind.GATHER,
              layer.name(),
              words(layer, layer.blocks().stream().map(LayerWork.Block::out)));
        }
      }
    }
    timeline.jobs(branches);
    return timeline;
  }

  private static ImmutableList<LayerWork> unpruned(ImmutableList<LayerWork> layers) {
    return layers.stream().filter(layer -> !layer.added()).collect(ImmutableList.toImmutableList());
  }

  private static Work alone(Target target, LayerWork layer) {
    return Work.of(target, layer.rows(), layer.in(), layer.out(), 1);
  }

  private static ImmutableList<Job> blocks(Target target, LayerWork layer, DramSharing sharing) {
    int share = share(target, sharing);
    return layer.blocks().stream()
        .map(block -> Work.of(target, layer.rows(), block.in(), block.out(), share))
        .map(work -> new Job(layer.name(), work))
        .collect(ImmutableList.toImmutableList());
  }

  /** Each branch, with its next block; a branch that has none waits. */
  private static ImmutableList<ImmutableList<Job>> extend(
      ImmutableList<ImmutableList<Job>> branches, ImmutableList<Job> next) {
    ImmutableList.Builder<ImmutableList<Job>> extended = ImmutableList.builder();
    for (int i = 0; i < Math.max(branches.size(), next.size()); i++) {
      ImmutableList.Builder<Job> jobs = ImmutableList.builder();
      if (i < branches.size()) {
        jobs.addAll(branches.get(i));
      }
      if (i < next.size()) {
        jobs.add(next.get(i));
      }
      extended.add(jobs.build());
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
