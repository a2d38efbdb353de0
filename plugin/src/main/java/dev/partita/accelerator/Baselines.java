package dev.partita.accelerator;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.partita.accelerator.Schedule.Kind;
import dev.partita.accelerator.Timeline.Job;
import java.util.Comparator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The order in which layers, transfers and branches follow one another in each of the figures. */
final class Baselines {
  private final Accelerators onOne;
  private final Accelerators onAll;
  private final Accelerators cut;
  private final ImmutableList<LayerWork> layers;
  private final DramSharing sharing;
  private final ImmutableSet<Integer> all;

  /**
   * Figures for layers.
   *
   * @param model all dense layers of the model that these belong to: what a run reads
   */
  Baselines(
      Target target,
      ImmutableList<LayerWork> layers,
      ImmutableList<LayerWork> model,
      DramSharing sharing) {
    Accelerators accelerators = Accelerators.of(target);
    WorkingSets sets = WorkingSets.of(target, model, sharing);
    this.onOne = sets.denseOnOne(accelerators);
    this.onAll = sets.denseOnAll(accelerators);
    this.cut = sets.pruned(accelerators);
    this.layers = layers;
    this.sharing = sharing;
    this.all =
        IntStream.range(0, accelerators.size()).boxed().collect(ImmutableSet.toImmutableSet());
  }

  /**
   * Every layer on one accelerator, alone on DRAM; nothing travels. Where accelerators are unequal,
   * on the one that ends first.
   */
  Estimate denseOnOne() {
    ImmutableList.Builder<Estimate> estimates = ImmutableList.builder();
    for (int accelerator : onOne.distinct()) {
      Timeline timeline = new Timeline(onOne, ImmutableSet.of(accelerator));
      for (LayerWork layer : unpruned()) {
        timeline.alone(accelerator, whole(onOne, accelerator, layer));
      }
      estimates.add(timeline.estimate());
    }
    return estimates.build().stream().min(Comparator.comparingLong(Estimate::cycles)).orElseThrow();
  }

  /** Every layer split by outputs, its input to all, its outputs back. */
  Estimate denseOnAll() {
    Timeline timeline = new Timeline(onAll, all);
    for (LayerWork layer : unpruned()) {
      // With fewer outputs than accelerators some have nothing to do.
      int busy = (int) Math.min(onAll.size(), layer.out());
      int share = Accelerators.share(sharing, busy);
      long[] outs = outputs(layer, busy, share);
      if (onAll.size() > 1) {
        timeline.transfer(Words.product(busy, layer.rows(), layer.in()));
      }
      timeline.parallel(
          IntStream.range(0, busy)
              .mapToObj(i -> onAll.work(i, Product.of(layer.rows(), layer.in(), outs[i]), share))
              .collect(ImmutableList.toImmutableList()));
      if (onAll.size() > 1) {
        timeline.transfer(Words.product(layer.rows(), layer.out()));
      }
    }
    return timeline.estimate();
  }

  private long[] outputs(LayerWork layer, int busy, int share) {
    if (busy == 0) {
      return new long[0];
    }
    Shares shares =
        onAll.areEqual()
            ? Shares.equal(busy)
            : Shares.balanced(
                busy,
                (i, part) ->
                    onAll
                        .work(
                            i,
                            Product.of(layer.rows(), layer.in(), Math.round(layer.out() * part)),
                            share)
                        .cycles());
    return shares.sizes(layer.out());
  }

  /** Blocks side by side from a scatter to a gather, whole layers by themselves in between. */
  Timeline pruned() {
    Timeline timeline = new Timeline(cut, all);
    boolean travels = cut.size() > 1;
    ImmutableList<ImmutableList<Job>> branches = ImmutableList.of();
    for (LayerWork layer : layers) {
      boolean isWhole = layer.blocks().isEmpty();
      if (isWhole || layer.scattersInput()) {
        timeline.jobs(branches);
        branches = ImmutableList.of();
      }
      if (isWhole) {
        timeline.jobs(
            ImmutableList.of(ImmutableList.of(new Job(layer.name(), whole(cut, 0, layer)))));
        continue;
      }
      if (travels && layer.scattersInput()) {
        timeline.transfer(
            Kind.SCATTER,
            layer.name(),
            words(layer, layer.blocks().stream().map(LayerWork.Block::in)));
      }
      branches = extend(branches, blocks(layer));
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

  /**
   * One layer split over a grid, every operand read once from DRAM and passed on.
   *
   * <p>An input goes over the link from the accelerator that read it to the others of its row of
   * the grid; partial sums go to the one that adds them up. The layer's inputs start in the
   * accelerators' memories and its outputs stay there.
   */
  static Estimate split(Target target, LayerWork layer, Split split, DramSharing sharing) {
    Accelerators accelerators = Accelerators.of(target);
    long[] ins = Shares.equal(split.inputParts()).sizes(layer.in());
    long[] outs = Shares.equal(split.outputParts()).sizes(layer.out());
    int share = Accelerators.share(sharing, split.accelerators());
    ImmutableList.Builder<Work> works = ImmutableList.builder();
    int accelerator = 0;
    for (long in : ins) {
      for (long out : outs) {
        Product product =
            new Product(layer.rows(), in, out, split.outputParts(), split.inputParts());
        works.add(accelerators.work(accelerator++, product, share));
      }
    }
    Timeline timeline =
        new Timeline(
            accelerators,
            IntStream.range(0, accelerators.size()).boxed().collect(ImmutableSet.toImmutableSet()));
    timeline.transfer(Words.product(layer.rows(), layer.in(), split.outputParts() - 1));
    timeline.parallel(works.build());
    timeline.transfer(Words.product(layer.rows(), layer.out(), split.inputParts() - 1));
    return timeline.estimate();
  }

  private ImmutableList<LayerWork> unpruned() {
    return layers.stream().filter(layer -> !layer.added()).collect(ImmutableList.toImmutableList());
  }

  private static Work whole(Accelerators accelerators, int accelerator, LayerWork layer) {
    return accelerators.work(
        accelerator, Product.of(layer.rows(), layer.in(), layer.out()), /* dramShare= */ 1);
  }

  private ImmutableList<Job> blocks(LayerWork layer) {
    // A layer that is cut for fewer accelerators leaves the bandwidth to those.
    int share = Accelerators.share(sharing, layer.blocks().size());
    ImmutableList.Builder<Job> jobs = ImmutableList.builder();
    for (int i = 0; i < layer.blocks().size(); i++) {
      LayerWork.Block block = layer.blocks().get(i);
      Product product = Product.of(layer.rows(), block.in(), block.out());
      jobs.add(new Job(layer.name(), cut.work(i, product, share)));
    }
    return jobs.build();
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
}
