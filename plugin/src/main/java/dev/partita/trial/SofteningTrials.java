package dev.partita.trial;

import com.google.common.collect.ImmutableList;
import dev.partita.context.RunContext;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.SharedLayers;
import dev.partita.options.Options;
import dev.partita.options.Repair;
import dev.partita.options.Soften;
import dev.partita.options.Strategy;
import dev.partita.report.schema.OptimizationReport.Trial;
import dev.partita.rewrite.Rewriting;
import dev.partita.verify.Accuracy.GateResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tries the softenings of regions, each at most once, those of a region in the order of their
 * estimated time. One is kept where the region by itself then meets the gate and does less harm
 * than before; else the rewriting stays as it was.
 */
final class SofteningTrials {

  /** A trial costs a plan, a repair and up to two runs over the validation data. */
  static final int MOST_TRIALS = 24;

  /** Where each repair is a distillation. */
  static final int MOST_DISTILLED_TRIALS = 6;

  private final Trials trials;
  private final Softenings softenings;
  private final Map<String, List<Softening>> open = new HashMap<>();
  private int left;

  /**
   * Trials of a run.
   *
   * @param most how many at all
   */
  SofteningTrials(Trials trials, int most) {
    RunContext context = trials.context();
    this.trials = trials;
    this.softenings =
        new Softenings(
            context.index(),
            context.scenario().cuts(context.index()),
            context.options().effectiveRepair());
    this.left = most;
  }

  /** As many as options allow; none for a lossless cut, which leaves nothing to soften. */
  static SofteningTrials of(Trials trials) {
    Options options = trials.context().options();
    boolean none =
        options.repair().soften() == Soften.NONE
            || options.planning().strategy() == Strategy.LOSSLESS;
    boolean distils = options.effectiveRepair() == Repair.DISTILL;
    return new SofteningTrials(trials, none ? 0 : distils ? MOST_DISTILLED_TRIALS : MOST_TRIALS);
  }

  /**
   * What came of the trials of a region.
   *
   * @param rewriting with the region softened, or as it was
   * @param kept the softening that the region has now; null where it is as it was
   * @param harm of the region with it alone; null likewise
   * @param failed what was tried before that and not kept
   */
  record Result(
      Rewriting rewriting,
      @Nullable Softening kept,
      @Nullable Harm harm,
      ImmutableList<Trial> failed) {}

  /**
   * Softens a region by the first softening that it has not tried and that serves.
   *
   * @param condition that decides
   */
  Result soften(Rewriting rewriting, Region region, Harm before, GateResult condition)
      throws InterruptedException {
    ImmutableList.Builder<Trial> failed = ImmutableList.builder();
    List<Region> together = SharedLayers.with(region, rewriting.active());
    List<Softening> untried =
        left == 0
            ? List.of()
            : open.computeIfAbsent(
                together.get(0).id(),
                id ->
                    new ArrayList<>(softenings.of(together.stream().map(rewriting::cut).toList())));
    while (!untried.isEmpty() && left > 0) {
      Softening softening = untried.remove(0);
      left--;
      Rewriting softer =
          trials.repaired(
              rewriting, softening.regions(), softening.branches(), softening.bridgeRank());
      Harm harm = Harm.of(trials.accuracy(softer.only(together)), condition);
      if (harm.passed() && harm.over() < before.over()) {
        return new Result(softer, softening, harm, failed.build());
      }
      failed.add(
          new Trial(
              softening.action().code(),
              softening.detail(),
              softening.cycles(),
              harm.value(),
              harm.passed()));
    }
    return new Result(rewriting, null, null, failed.build());
  }
}
