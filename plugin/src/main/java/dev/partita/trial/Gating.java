package dev.partita.trial;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.dense.region.Region;
import dev.partita.report.schema.OptimizationReport.Step;
import dev.partita.rewrite.Rewriting;
import dev.partita.verify.Accuracy;
import dev.partita.verify.Accuracy.GateResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Holds a rewriting against the gate. While it fails, the region that alone does most harm is
 * softened, or taken back where no softening serves; after each step all is measured again.
 *
 * <p>Every step takes a softening from some region, of which each has a few, or takes a region
 * back, so that it ends.
 */
public final class Gating {

  private final Trials trials;
  private final SofteningTrials softening;
  private final List<Step> steps;
  private final Map<String, Double> sensitivities = new LinkedHashMap<>();
  private final Map<String, Harm> alone = new HashMap<>();

  private Gating(Trials trials, List<Step> before) {
    this.trials = trials;
    this.softening = SofteningTrials.of(trials);
    this.steps = new ArrayList<>(before);
  }

  /**
   * How a gate ended.
   *
   * @param rewriting with the regions that may stay, none where nothing holds
   * @param accuracy the last figures; null without validation data
   * @param candidate the one that holds; null where none does
   * @param steps what was softened and taken back, and what was done before
   * @param sensitivities by the id of a region what it did to the deciding metric alone, cut as it
   *     was at first; empty where the gate held at once
   */
  public record Outcome(
      Rewriting rewriting,
      @Nullable Accuracy accuracy,
      @Nullable Candidate candidate,
      ImmutableList<Step> steps,
      ImmutableMap<String, Double> sensitivities) {

    /** Without a gate. */
    public static Outcome of(
        Rewriting rewriting, @Nullable Accuracy accuracy, @Nullable Candidate candidate) {
      return new Outcome(rewriting, accuracy, candidate, ImmutableList.of(), ImmutableMap.of());
    }
  }

  /**
   * Softens and takes back until the gate holds or nothing is left.
   *
   * @param before steps that were taken before
   */
  public static Outcome gate(Trials trials, Rewriting rewriting, List<Step> before)
      throws InterruptedException {
    return new Gating(trials, before).gate(rewriting);
  }

  private Outcome gate(Rewriting rewriting) throws InterruptedException {
    Trials.Measured measured = trials.measure(rewriting);
    if (measured.accuracy().passed()) {
      return outcome(rewriting, measured.accuracy(), measured.candidate());
    }
    GateResult condition = Harm.deciding(measured.accuracy());
    measureAlone(rewriting, measured.accuracy(), condition);
    Rewriting now = rewriting;
    while (true) {
      measured.candidate().close();
      Region worst = worst(now);
      Harm before = harm(worst);
      SofteningTrials.Result softened = softening.soften(now, worst, before, condition);
      if (softened.kept() == null) {
        now = trials.without(now, worst);
        if (now.active().isEmpty()) {
          step(worst, before, softened, condition, null);
          return outcome(now, measured.accuracy(), null);
        }
      } else {
        now = softened.rewriting();
        alone.put(worst.id(), Objects.requireNonNull(softened.harm()));
      }
      measured = trials.measure(now);
      step(worst, before, softened, condition, measured.accuracy());
      if (measured.accuracy().passed()) {
        return outcome(now, measured.accuracy(), measured.candidate());
      }
    }
  }

  private Outcome outcome(Rewriting rewriting, Accuracy accuracy, @Nullable Candidate candidate) {
    return new Outcome(
        rewriting,
        accuracy,
        candidate,
        ImmutableList.copyOf(steps),
        ImmutableMap.copyOf(sensitivities));
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

  private void measureAlone(Rewriting rewriting, Accuracy together, GateResult condition)
      throws InterruptedException {
    List<Region> regions = rewriting.active();
    for (Region region : regions) {
      Accuracy own = regions.size() == 1 ? together : trials.accuracy(rewriting.only(region));
      Harm harm = Harm.of(own, condition);
      alone.put(region.id(), harm);
      sensitivities.put(region.id(), harm.value());
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
}
