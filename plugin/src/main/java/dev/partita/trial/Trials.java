package dev.partita.trial;

import dev.partita.context.RunContext;
import dev.partita.dense.region.Reach;
import dev.partita.dense.region.Region;
import dev.partita.estimate.RewritingEstimates;
import dev.partita.plan.Planning;
import dev.partita.repair.region.RegionRepair;
import dev.partita.rewrite.Cut;
import dev.partita.rewrite.Rewriting;
import dev.partita.verify.Accuracy;
import dev.partita.verify.Gate;
import dev.partita.verify.GateLimits;
import dev.partita.verify.ModelComparison;
import dev.partita.verify.Reference;
import java.util.List;

/**
 * Makes variants of a rewriting, planned and repaired, and measures them on the validation data.
 * Whoever asks keeps a variant or drops it: a rewriting does not change.
 *
 * @param estimates of the regions that were found at first
 * @param reference what the original makes of the validation data
 */
public record Trials(
    RunContext context,
    Planning planning,
    RegionRepair repair,
    CandidateWriter writer,
    RewritingEstimates estimates,
    Reference reference) {

  /** The rewriting with a region cut anew, with the weights of the original. */
  private Rewriting cut(Rewriting rewriting, Region region, int branches, int bridgeRank)
      throws InterruptedException {
    return rewriting.withCut(new Cut(region, planning.again(region, branches), bridgeRank));
  }

  /** The rewriting with a region cut anew, repaired as a run ends. */
  Rewriting repaired(Rewriting rewriting, Region region, int branches, int bridgeRank)
      throws InterruptedException {
    return repair.repairFrom(cut(rewriting, region, branches, bridgeRank), region);
  }

  /** The same with weights from least squares, whatever the run ends with. */
  Rewriting leastSquares(Rewriting rewriting, Region region, int branches, int bridgeRank)
      throws InterruptedException {
    return repair.leastSquaresFrom(cut(rewriting, region, branches, bridgeRank), region);
  }

  /** The rewriting with a region taken back and the others, if any, repaired to that. */
  Rewriting without(Rewriting rewriting, Region region) throws InterruptedException {
    Rewriting less = rewriting.without(List.of(region));
    return less.active().isEmpty() ? less : repair.repair(less);
  }

  /** A rewriting written in full, which the caller closes, and its figures. */
  public record Measured(Candidate candidate, Accuracy accuracy) {}

  /** Writes a rewriting and measures it. */
  public Measured measure(Rewriting rewriting) throws InterruptedException {
    Candidate candidate = writer.stage(rewriting, estimates);
    return new Measured(candidate, accuracy(candidate));
  }

  /** The figures of a rewriting of which no more is asked. */
  Accuracy accuracy(Rewriting rewriting) throws InterruptedException {
    try (Candidate candidate = writer.stage(rewriting, estimates)) {
      return accuracy(candidate);
    }
  }

  /** The figures of a candidate, held against the gate where that is on. */
  public Accuracy accuracy(Candidate candidate) throws InterruptedException {
    return context.options().gate().on()
        ? Gate.check(limits(), reference, candidate.staged().path())
        : ModelComparison.compare(reference, candidate.staged().path());
  }

  /** Outputs count as reached by what was planned, also where a region is taken back later. */
  private GateLimits limits() {
    return context
        .options()
        .gate()
        .limits()
        .reaching(Reach.outputs(context.index(), estimates.findings().regions()));
  }
}
