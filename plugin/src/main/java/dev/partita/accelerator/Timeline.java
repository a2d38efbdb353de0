package dev.partita.accelerator;

import com.google.common.collect.ImmutableList;
import java.util.Comparator;

/**
 * Stages that follow one another on a target's accelerators, added up: the time of a stage is that
 * of its slowest accelerator, what is counted is the sum over all of them.
 */
final class Timeline {
  private final Target target;
  private final int poweredAccelerators;
  private Work slowest = Work.NONE;
  private Work all = Work.NONE;
  private long linkCycles;
  private long linkWords;

  /**
   * An empty timeline.
   *
   * @param poweredAccelerators how many accelerators burn static power until the end
   */
  Timeline(Target target, int poweredAccelerators) {
    this.target = target;
    this.poweredAccelerators = poweredAccelerators;
  }

  /** A scatter or a gather: one transfer, during which no accelerator works. */
  void transfer(long words) {
    linkWords = Math.addExact(linkWords, words);
    linkCycles = Math.addExact(linkCycles, Cycles.link(target, words));
  }

  /** Accelerators working side by side, until the slowest ends. */
  void parallel(ImmutableList<Work> works) {
    slowest =
        slowest.then(works.stream().max(Comparator.comparingLong(Work::cycles)).orElse(Work.NONE));
    for (Work work : works) {
      all = all.then(work);
    }
  }

  Estimate estimate() {
    long cycles = Math.addExact(slowest.cycles(), linkCycles);
    EnergyBreakdown energy =
        Pricing.energy(
            target,
            all.counts(),
            linkWords,
            Math.multiplyExact(cycles, (long) poweredAccelerators));
    return new Estimate(
        cycles,
        slowest.counts().arrayCycles(),
        slowest.dramCycles(),
        slowest.bufferCycles(),
        linkCycles,
        cycles / target.clockMhz(),
        Pricing.microjoules(target, energy),
        Cycles.bytes(target, all.counts().dramWords()),
        all.counts().macs(),
        binding().label(),
        energy);
  }

  /** The resource that most of the time goes to. */
  private Resource binding() {
    return ImmutableList.copyOf(Resource.values()).stream()
        .max(
            Comparator.comparingLong(this::cyclesBoundBy)
                .thenComparing(Comparator.<Resource>reverseOrder()))
        .orElseThrow();
  }

  private long cyclesBoundBy(Resource resource) {
    return switch (resource) {
      case ARRAY -> slowest.cyclesBoundByArray();
      case DRAM -> slowest.cyclesBoundByDram();
      case BUFFER -> slowest.cyclesBoundByBuffer();
      case LINK -> linkCycles;
    };
  }
}
