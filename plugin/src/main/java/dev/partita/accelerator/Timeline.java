package dev.partita.accelerator;

import com.google.common.collect.ImmutableList;
import dev.partita.accelerator.Schedule.Kind;
import dev.partita.accelerator.Schedule.Segment;
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
  private final ImmutableList.Builder<Segment> segments = ImmutableList.builder();

  /** A block of a layer on an accelerator. */
  record Job(String layer, Work work) {}

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

  /** The same, remembered under the name of the layer whose values travel. */
  void transfer(Kind kind, String layer, long words) {
    long start = cycles();
    transfer(words);
    segment(kind, Schedule.ALL, layer, start, cycles());
  }

  /** What each accelerator does, one job after the other, until the slowest has done its last. */
  void jobs(ImmutableList<ImmutableList<Job>> jobsOfEach) {
    long start = cycles();
    ImmutableList.Builder<Work> works = ImmutableList.builder();
    for (int accelerator = 0; accelerator < jobsOfEach.size(); accelerator++) {
      Work sum = Work.NONE;
      for (Job job : jobsOfEach.get(accelerator)) {
        long begun = start + sum.cycles();
        sum = sum.then(job.work());
        segment(Kind.COMPUTE, accelerator, job.layer(), begun, start + sum.cycles());
      }
      works.add(sum);
    }
    parallel(works.build());
  }

  private void segment(Kind kind, int accelerator, String layer, long start, long end) {
    if (end > start) {
      segments.add(new Segment(kind, accelerator, layer, start, end));
    }
  }

  private long cycles() {
    return Math.addExact(slowest.cycles(), linkCycles);
  }

  /** What was remembered. */
  Schedule schedule() {
    return new Schedule(poweredAccelerators, target.clockMhz(), cycles(), segments.build());
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
    long cycles = cycles();
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
