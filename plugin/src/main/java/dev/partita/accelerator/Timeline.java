package dev.partita.accelerator;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.partita.accelerator.Schedule.Kind;
import dev.partita.accelerator.Schedule.Segment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Stages that follow one another on a target's accelerators, added up: the time of a stage is that
 * of its slowest accelerator, what is counted is the sum over all of them.
 */
final class Timeline {
  private final Accelerators accelerators;
  private final ImmutableSet<Integer> powered;
  private final List<Counts> counts = new ArrayList<>();
  private Work slowest = Work.NONE;
  private long conservativeCycles;
  private long sideBySideCycles;
  private double meanCycles;
  private long linkCycles;
  private long linkWords;
  private final ImmutableList.Builder<Segment> segments = ImmutableList.builder();

  /** A block of a layer on an accelerator. */
  record Job(String layer, Work work) {}

  /**
   * An empty timeline.
   *
   * @param powered the accelerators that burn static power until the end
   */
  Timeline(Accelerators accelerators, ImmutableSet<Integer> powered) {
    this.accelerators = accelerators;
    this.powered = powered;
    for (int i = 0; i < accelerators.size(); i++) {
      counts.add(Counts.NONE);
    }
  }

  /** A scatter or a gather: one transfer, during which no accelerator works. */
  void transfer(long words) {
    linkWords = Math.addExact(linkWords, words);
    linkCycles = Math.addExact(linkCycles, Cycles.link(accelerators.target(), words));
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
    return new Schedule(
        accelerators.size(), accelerators.target().clockMhz(), cycles(), segments.build());
  }

  /** One accelerator working while the others wait. */
  void alone(int accelerator, Work work) {
    ImmutableList.Builder<Work> works = ImmutableList.builder();
    for (int i = 0; i < accelerator; i++) {
      works.add(Work.NONE);
    }
    parallel(works.add(work).build());
  }

  /** Accelerators working side by side, until the slowest ends; the index is the accelerator. */
  void parallel(ImmutableList<Work> works) {
    Work longest = works.stream().max(Comparator.comparingLong(Work::cycles)).orElse(Work.NONE);
    slowest = slowest.then(longest);
    conservativeCycles =
        Math.addExact(
            conservativeCycles, works.stream().mapToLong(Work::conservativeCycles).max().orElse(0));
    long busy = works.stream().filter(work -> work.cycles() > 0).count();
    if (busy > 1) {
      sideBySideCycles = Math.addExact(sideBySideCycles, longest.cycles());
      meanCycles += works.stream().mapToDouble(Work::cycles).sum() / busy;
    }
    for (int i = 0; i < works.size(); i++) {
      counts.set(i, counts.get(i).plus(works.get(i).counts()));
    }
  }

  Estimate estimate() {
    Target target = accelerators.target();
    long cycles = cycles();
    EnergyBreakdown energy = energy(cycles);
    return new Estimate(
        cycles,
        slowest.arrayCycles(),
        slowest.dramCycles(),
        slowest.bufferCycles(),
        linkCycles,
        Math.addExact(conservativeCycles, linkCycles),
        cycles / target.clockMhz(),
        Pricing.microjoules(target, energy),
        Cycles.bytes(target, all().dram()),
        all().macs(),
        binding().label(),
        meanCycles == 0 ? 1 : sideBySideCycles / meanCycles,
        energy);
  }

  private Counts all() {
    return counts.stream().reduce(Counts.NONE, Counts::plus);
  }

  /** Accelerators that are equal are priced together, each kind by its own table. */
  private EnergyBreakdown energy(long cycles) {
    Map<Integer, Counts> countsOfKind = new LinkedHashMap<>();
    Map<Integer, Integer> poweredOfKind = new LinkedHashMap<>();
    for (int i = 0; i < accelerators.size(); i++) {
      int kind = accelerators.firstLike(i);
      countsOfKind.merge(kind, counts.get(i), Counts::plus);
      poweredOfKind.merge(kind, powered.contains(i) ? 1 : 0, Integer::sum);
    }
    EnergyBreakdown energy = Pricing.link(accelerators.target(), linkWords);
    for (Map.Entry<Integer, Counts> kind : countsOfKind.entrySet()) {
      Target own = accelerators.get(kind.getKey());
      int burning = poweredOfKind.getOrDefault(kind.getKey(), 0);
      double clocks = own.clockMhz() / accelerators.target().clockMhz();
      energy =
          energy.plus(
              Pricing.energy(
                  own, kind.getValue(), Math.multiplyExact(cycles, (long) burning) * clocks));
    }
    return energy;
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
