package dev.partita.trial;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.dense.region.Region;
import dev.partita.model.Scratch;
import dev.partita.model.StagedModel;
import dev.partita.report.schema.OptimizationReport.Step;
import dev.partita.rewrite.Rewriting;
import dev.partita.verify.Accuracy;
import dev.partita.verify.Accuracy.GateResult;
import dev.partita.verify.Gate;
import dev.partita.verify.GateLimits;
import dev.partita.verify.Reference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Holds a rewriting against the gate. While it fails, the region that alone does most harm is
 * softened, or taken back where no softening serves; after each step all is measured again.
 *
 * <p>Every step takes a softening from some region, of which each has a few, or takes a region
 * back, so that it ends.
 */
public final class Gating {

  /** Writes a candidate in full, as it would ship. */
  public interface Candidate {
    StagedModel stage(Rewritten rewritten);
  }

  /** Makes a candidate, whose new weights last as long as the scratch space. */
  public interface Rewritten {
    Rewriting.Result in(Scratch scratch);
  }

  /** Repairs the active regions anew, since one in front of them is gone. */
  public interface Repairing {
    void repair() throws InterruptedException;
  }

  private final GateLimits options;
  private final Reference reference;
  private final @Nullable SofteningTrials trials;
  private final List<Step> steps = new ArrayList<>();
  private final Map<String, Double> sensitivities = new LinkedHashMap<>();
  private final Map<String, Harm> alone = new HashMap<>();

  /**
   * A gate.
   *
   * @param trials of softenings; null to take back at once
   * @param before steps that were taken before
   */
  public Gating(
      GateLimits options,
      Reference reference,
      @Nullable SofteningTrials trials,
      List<Step> before) {
    steps.addAll(before);
    this.options = options;
    this.reference = reference;
    this.trials = trials;
  }

  /** What was softened and taken back, and what was done before. */
  public ImmutableList<Step> steps() {
    return ImmutableList.copyOf(steps);
  }

  /**
   * By the id of a region what it did to the deciding metric alone, cut as it was at first; empty
   * where the gate held at once.
   */
  public ImmutableMap<String, Double> sensitivities() {
    return ImmutableMap.copyOf(sensitivities);
  }

  /**
   * How a gate ended.
   *
   * @param accuracy the last figures
   * @param staged the file that holds; null where none does
   */
  public record Outcome(Accuracy accuracy, @Nullable StagedModel staged) {}

  /**
   * The figures of the candidate that holds, or of the last one that did not.
   *
   * @param rewriting ends with the regions that may stay, none where nothing holds
   */
  public Outcome gate(Rewriting rewriting, Candidate candidate, Repairing repairing)
      throws InterruptedException {
    StagedModel staged = candidate.stage(rewriting::result);
    Accuracy accuracy = measure(staged.path());
    if (accuracy.passed()) {
      return new Outcome(accuracy, staged);
    }
    GateResult condition = Harm.deciding(accuracy);
    measureAlone(rewriting, candidate, accuracy, condition);
    while (true) {
      staged.close();
      Region worst = worst(rewriting);
      Harm before = harm(worst);
      SofteningTrials.Result softened = soften(rewriting, candidate, worst, before, condition);
      if (softened.kept() == null) {
        rewriting.takeBack(worst);
        if (rewriting.active().isEmpty()) {
          step(worst, before, softened, condition, null);
          return new Outcome(accuracy, null);
        }
        repairing.repair();
      } else if (softened.harm() != null) {
        alone.put(worst.id(), softened.harm());
      }
      staged = candidate.stage(rewriting::result);
      accuracy = measure(staged.path());
      step(worst, before, softened, condition, accuracy);
      if (accuracy.passed()) {
        return new Outcome(accuracy, staged);
      }
    }
  }

  private SofteningTrials.Result soften(
      Rewriting rewriting, Candidate candidate, Region region, Harm before, GateResult condition)
      throws InterruptedException {
    return trials == null
        ? new SofteningTrials.Result(null, null, ImmutableList.of())
        : trials.soften(
            rewriting, region, before, cut -> alone(rewriting, candidate, cut, condition));
  }

  private void step(
      Region region,
      Harm before,
      SofteningTrials.Result softened,
      GateResult condition,
      @Nullable Accuracy after) {
    Softening kept = softened.kept();
    Harm harm = softened.harm();
    GateResult gate = after == null ? condition : Harm.deciding(after, condition);
    steps.add(
        new Step(
            region.id(),
            kept == null ? Step.REVERTED : kept.action().code(),
            gate.metric(),
            before.value(),
            after == null ? null : gate.value(),
            after == null ? null : gate.standardError(),
            after != null && after.passed(),
            kept == null ? null : kept.detail(),
            harm == null ? null : harm.value(),
            softened.failed()));
  }

  private void measureAlone(
      Rewriting rewriting, Candidate candidate, Accuracy together, GateResult condition)
      throws InterruptedException {
    List<Region> regions = rewriting.active();
    for (Region region : regions) {
      alone.put(
          region.id(),
          regions.size() == 1
              ? Harm.of(together, condition)
              : alone(rewriting, candidate, region, condition));
      sensitivities.put(region.id(), harm(region).value());
    }
  }

  private Harm alone(Rewriting rewriting, Candidate candidate, Region region, GateResult condition)
      throws InterruptedException {
    try (StagedModel staged = candidate.stage(scratch -> rewriting.only(region, scratch))) {
      return Harm.of(measure(staged.path()), condition);
    }
  }

  /** Of those that do the same harm the first. */
  private Region worst(Rewriting rewriting) {
    return rewriting.active().stream()
        .sorted(Comparator.comparingDouble((Region region) -> -harm(region).over()))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no region is left to take back"));
  }

  private Harm harm(Region region) {
    Harm harm = alone.get(region.id());
    if (harm == null) {
      throw new IllegalStateException(region.id() + " was not measured");
    }
    return harm;
  }

  private Accuracy measure(Path model) throws InterruptedException {
    return Gate.check(options, reference, model);
  }
}
