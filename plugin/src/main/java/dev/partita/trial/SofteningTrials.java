package dev.partita.trial;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.region.Region;
import dev.partita.partition.PartitionPlan;
import dev.partita.report.schema.OptimizationReport.Trial;
import dev.partita.rewrite.Cut;
import dev.partita.rewrite.Rewriting;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tries the softenings of regions, each at most once, those of a region in the order of their
 * estimated time. One is kept where the region by itself then meets the gate and does less harm
 * than before; else the rewriting is put back as it was.
 */
final class SofteningTrials {

  /** A trial costs a plan, a repair and up to two runs over the validation data. */
  static final int MOST_TRIALS = 24;

  /** Where each repair is a distillation. */
  static final int MOST_DISTILLED_TRIALS = 6;

  /** Plans a region that is cut anew. */
  interface Replanning {
    PartitionPlan plan(Region region, int branches) throws InterruptedException;
  }

  /** Repairs a region that is cut anew, and what that changes behind it. */
  interface Repairing {
    void repairFrom(Region region) throws InterruptedException;
  }

  /** What the rewriting with one region alone does. */
  interface Alone {
    Harm measure(Region region) throws InterruptedException;
  }

  private final Softenings softenings;
  private final Replanning replanning;
  private final Repairing repairing;
  private final Map<String, List<Softening>> open = new HashMap<>();
  private int left;

  /**
   * Trials of a run.
   *
   * @param most how many at all
   */
  SofteningTrials(Softenings softenings, Replanning replanning, Repairing repairing, int most) {
    this.softenings = softenings;
    this.replanning = replanning;
    this.repairing = repairing;
    this.left = most;
  }

  /**
   * What came of the trials of a region.
   *
   * @param kept the softening that the region has now; null where it is as it was
   * @param harm of the region with it alone; null likewise
   * @param failed what was tried before that and not kept
   */
  record Result(@Nullable Softening kept, @Nullable Harm harm, ImmutableList<Trial> failed) {}

  /** Softens a region by the first softening that it has not tried and that serves. */
  Result soften(Rewriting rewriting, Region region, Harm before, Alone alone)
      throws InterruptedException {
    List<Softening> untried =
        open.computeIfAbsent(
            region.id(), id -> new ArrayList<>(softenings.of(rewriting.cut(region))));
    ImmutableList.Builder<Trial> failed = ImmutableList.builder();
    while (!untried.isEmpty() && left > 0) {
      Softening softening = untried.remove(0);
      left--;
      Rewriting.State state = rewriting.state();
      PartitionPlan plan = replanning.plan(softening.region(), softening.branches());
      rewriting.cutAnew(new Cut(softening.region(), plan, softening.bridgeRank()));
      repairing.repairFrom(softening.region());
      Harm harm = alone.measure(softening.region());
      if (harm.passed() && harm.over() < before.over()) {
        return new Result(softening, harm, failed.build());
      }
      rewriting.restore(state);
      failed.add(
          new Trial(
              softening.action().code(),
              softening.detail(),
              softening.cycles(),
              harm.value(),
              harm.passed()));
    }
    return new Result(null, null, failed.build());
  }
}
