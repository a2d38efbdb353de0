package dev.partita.trial;

import com.google.common.collect.ImmutableList;
import dev.partita.context.Fronts;
import dev.partita.context.Fronts.Front;
import dev.partita.context.RunContext;
import dev.partita.context.Workspace;
import dev.partita.dense.region.Reach;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.SharedLayers;
import dev.partita.estimate.RewritingEstimates;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.model.OnnxModel;
import dev.partita.model.Subgraph;
import dev.partita.partition.PartitionPlan;
import dev.partita.plan.Planning;
import dev.partita.repair.region.RegionRepair;
import dev.partita.rewrite.Cut;
import dev.partita.rewrite.Rewriting;
import dev.partita.runtime.Capture.Probe;
import dev.partita.verify.Accuracy;
import dev.partita.verify.Gate;
import dev.partita.verify.GateLimits;
import dev.partita.verify.ModelComparison;
import dev.partita.verify.Reference;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Set;

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

  /** The rewriting with regions cut again, with the weights of the original. */
  private Rewriting cut(
      Rewriting rewriting, ImmutableList<Region> regions, int branches, int bridgeRank)
      throws InterruptedException {
    List<PartitionPlan> plans = planning.again(regions, branches);
    Rewriting cut = rewriting;
    for (int i = 0; i < plans.size(); i++) {
      cut = cut.withCut(new Cut(regions.get(i), plans.get(i), bridgeRank));
    }
    return cut;
  }

  /** The rewriting with regions cut again that share stored weights, repaired as a run ends. */
  Rewriting repaired(
      Rewriting rewriting, ImmutableList<Region> regions, int branches, int bridgeRank)
      throws InterruptedException {
    return repair.repairFrom(cut(rewriting, regions, branches, bridgeRank), regions.get(0));
  }

  /** The same with weights from least squares, whatever the run ends with. */
  Rewriting leastSquares(Rewriting rewriting, Region region, int branches, int bridgeRank)
      throws InterruptedException {
    return repair.leastSquaresFrom(
        cut(rewriting, ImmutableList.of(region), branches, bridgeRank), region);
  }

  /**
   * The rewriting with a region taken back, and those that share stored weights with it, and the
   * others, if any, repaired to that.
   */
  Rewriting without(Rewriting rewriting, Region region) throws InterruptedException {
    Rewriting less = rewriting.without(SharedLayers.with(region, rewriting.active()));
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

  /**
   * The figures of a candidate that nobody is going to ship, run from where it begins to differ
   * from the original.
   */
  public Accuracy accuracyFromFront(Fronts fronts, Rewriting rewriting, Candidate candidate)
      throws InterruptedException {
    GateLimits limits = limits();
    ImmutableList<String> values = rewriting.front();
    ImmutableList<String> outputs = reference.outputNames();
    boolean all =
        context.options().gate().on()
            && limits.metric() == null
            && reference.isOfNumbers()
            && Collections.disjoint(values, outputs);
    Front front =
        all ? fronts.of(context, values, reference.data(), Reference.MOST_SAMPLES) : Front.NONE;
    if (front.batches().isEmpty()) {
      return accuracy(candidate);
    }
    Path path = candidate.staged().path();
    OnnxModel whole = ModelFile.read(path);
    OnnxModel part = Subgraph.between(new GraphIndex(whole), front.types(), outputs);
    Set<String> read = Subgraph.inputs(part);
    try (Workspace.Opened opened = context.workspace().open(whole, part)) {
      Probe probe = new Probe(opened.session(), outputs, batch -> front.of(batch, read));
      return Gate.apply(limits, ModelComparison.compare(reference, path, probe, limits));
    }
  }

  /** The figures of a candidate, with the conditions of the gate if it is on. */
  public Accuracy accuracy(Candidate candidate) throws InterruptedException {
    Path staged = candidate.staged().path();
    return context.options().gate().on()
        ? Gate.check(limits(), reference, staged, writer.shown())
        : ModelComparison.compare(reference, staged, writer.shown());
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
