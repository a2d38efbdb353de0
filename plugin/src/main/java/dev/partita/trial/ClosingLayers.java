package dev.partita.trial;

import com.google.common.collect.ImmutableList;
import dev.partita.context.RunContext;
import dev.partita.dense.find.LayerKey;
import dev.partita.dense.region.Findings;
import dev.partita.dense.region.Region;
import dev.partita.dense.region.RegionLayer;
import dev.partita.dense.region.SharedLayers;
import dev.partita.estimate.CutEstimates;
import dev.partita.options.Options;
import dev.partita.options.Strategy;
import dev.partita.plan.Gain;
import dev.partita.report.schema.OptimizationReport.Step;
import dev.partita.report.schema.OptimizationReport.Trial;
import dev.partita.rewrite.Cut;
import dev.partita.rewrite.Rewriting;
import dev.partita.verify.Accuracy;
import dev.partita.verify.Accuracy.GateResult;
import dev.partita.verify.Gate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Decides by measurement whether the last layer of a classifier, which starts out whole behind the
 * Concat, is cut: where that is estimated to be a good deal faster, and the gate's figures with the
 * layer cut are within the sampling error of those with it whole, or better. Both are measured with
 * weights from least squares.
 */
public final class ClosingLayers {

  /** The least share of a region's estimated time that cutting its last layer has to save. */
  private static final double LEAST_GAIN = 0.1;

  private final Trials trials;
  private final CutEstimates estimates;
  private final Findings cut;

  private ClosingLayers(Trials trials, CutEstimates estimates, Findings cut) {
    this.trials = trials;
    this.estimates = estimates;
    this.cut = cut;
  }

  /**
   * Whether options leave it open: layers asked for by name are cut anyway and others not, and a
   * lossless cut leaves nothing to measure.
   */
  private static boolean mayBeCut(Options options) {
    return options.selection().include().isEmpty()
        && options.planning().strategy() != Strategy.LOSSLESS;
  }

  /**
   * What was decided.
   *
   * @param steps one for every region that was tried
   */
  public record Decided(Rewriting rewriting, ImmutableList<Step> steps) {}

  /** Cuts the last layers that may be, one region after the other. */
  public static Decided decide(Trials trials, Rewriting rewriting) throws InterruptedException {
    RunContext context = trials.context();
    if (!mayBeCut(context.options())) {
      return new Decided(rewriting, ImmutableList.of());
    }
    Gain cut =
        Gain.of(
            context.index(),
            context.options(),
            context.scenario().target(),
            /* cutClosing= */ true);
    return new ClosingLayers(trials, context.scenario().cuts(context.index()), cut.findings())
        .decide(rewriting);
  }

  private Decided decide(Rewriting rewriting) throws InterruptedException {
    ImmutableList.Builder<Step> steps = ImmutableList.builder();
    Rewriting best = rewriting;
    Accuracy before = null;
    for (Region region : rewriting.active()) {
      Cut whole = rewriting.cut(region);
      Region variant = variant(whole);
      if (variant == null) {
        continue;
      }
      before = before == null ? trials.accuracy(best) : before;
      Rewriting tried =
          trials.leastSquares(best, variant, whole.plan().branches(), whole.bridgeRank());
      Accuracy after = trials.accuracy(tried);
      boolean kept = isNoWorse(before, after);
      steps.add(step(whole, variant, before, after, kept));
      if (kept) {
        best = tried;
        before = after;
      }
    }
    return new Decided(best, steps.build());
  }

  /** The region with its last layer cut; null where it has none, or little would be gained. */
  private @Nullable Region variant(Cut whole) {
    Region region = whole.region();
    if (region.wholeLayers().isEmpty() || SharedLayers.areIn(region)) {
      return null;
    }
    Set<LayerKey> cutNow = keys(region.cutLayers());
    for (Region candidate : cut.regions()) {
      Set<LayerKey> more = keys(candidate.cutLayers());
      if (more.size() > cutNow.size()
          && more.containsAll(cutNow)
          && keys(region.layers()).containsAll(more)) {
        Region variant = candidate.withId(region.id());
        return cycles(variant, whole) <= (1 - LEAST_GAIN) * cycles(region, whole) ? variant : null;
      }
    }
    return null;
  }

  private static Set<LayerKey> keys(List<RegionLayer> layers) {
    return layers.stream().map(layer -> layer.layer().key()).collect(Collectors.toSet());
  }

  private long cycles(Region region, Cut whole) {
    return estimates.compare(region, whole.plan().branches(), whole.bridgeRank()).pruned().cycles();
  }

  /** Whether no condition is worse by more than its sampling error, and none fails that held. */
  static boolean isNoWorse(Accuracy before, Accuracy after) {
    if (before.passed() && !after.passed()) {
      return false;
    }
    for (GateResult was : before.gates()) {
      Optional<GateResult> is =
          after.gates().stream()
              .filter(
                  gate -> gate.metric().equals(was.metric()) && gate.output().equals(was.output()))
              .findFirst();
      if (is.isPresent() ? isWorse(was, is.get()) : isFurther(before, after)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isWorse(GateResult was, GateResult is) {
    double worse = Gate.isLeast(was.metric()) ? was.value() - is.value() : is.value() - was.value();
    Double error = was.standardError();
    double noise = error == null || error.isNaN() ? 0 : error;
    return !(worse <= noise);
  }

  /** An output that may be read either way can be held to other conditions than before. */
  private static boolean isFurther(Accuracy before, Accuracy after) {
    return Gate.largestRatio(after.gates()) > Gate.largestRatio(before.gates());
  }

  private Step step(Cut whole, Region variant, Accuracy before, Accuracy after, boolean kept) {
    GateResult condition = Harm.deciding(after);
    Harm was = Harm.of(before, condition);
    GateResult now = kept ? condition : Harm.deciding(before, condition);
    List<Trial> tried = new ArrayList<>();
    if (!kept) {
      tried.add(
          new Trial(
              Step.CLOSING_CUT,
              "last layer cut",
              cycles(variant, whole),
              condition.value(),
              after.passed()));
    }
    return new Step(
        whole.region().id(),
        kept ? Step.CLOSING_CUT : Step.CLOSING_WHOLE,
        condition.metric(),
        was.value(),
        now.value(),
        now.standardError(),
        kept ? after.passed() : before.passed(),
        kept ? "last layer cut" : "last layer whole",
        condition.value(),
        ImmutableList.copyOf(tried));
  }
}
