package dev.partita.optimize;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.Region;
import dev.partita.model.Scratch;
import dev.partita.model.StagedModel;
import dev.partita.optimize.OptimizationReport.Step;
import dev.partita.verify.Accuracy;
import dev.partita.verify.Accuracy.GateResult;
import dev.partita.verify.Gate;
import dev.partita.verify.GateOptions;
import dev.partita.verify.ModelComparison;
import dev.partita.verify.Reference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Holds a rewriting against the gate, and takes regions back while it fails: the one that alone
 * does most harm goes first.
 */
final class Gating {

  /** Writes a candidate in full, as it would ship. */
  interface Candidate {
    StagedModel stage(Rewritten rewritten);
  }

  /** Makes a candidate, whose new weights last as long as the scratch space. */
  interface Rewritten {
    Rewriting.Result in(Scratch scratch);
  }

  /** Repairs the active regions anew, since one in front of them is gone. */
  interface Repairing {
    void repair() throws InterruptedException;
  }

  private final GateOptions options;
  private final Reference reference;
  private final int threads;
  private final List<Step> steps = new ArrayList<>();
  private final Map<Region, Double> alone = new HashMap<>();

  Gating(GateOptions options, Reference reference, int threads) {
    this.options = options;
    this.reference = reference;
    this.threads = threads;
  }

  /** What was taken back. */
  ImmutableList<Step> steps() {
    return ImmutableList.copyOf(steps);
  }

  /**
   * The figures of the candidate that holds, or of the last one that did not.
   *
   * @param rewriting ends with the regions that may stay, none where nothing holds
   */
  Outcome gate(Rewriting rewriting, Candidate candidate, Repairing repairing)
      throws InterruptedException {
    StagedModel staged = candidate.stage(rewriting::result);
    Accuracy accuracy = measure(staged.path());
    if (accuracy.passed()) {
      return new Outcome(accuracy, staged);
    }
    List<Region> worst = byHarm(rewriting, candidate, accuracy);
    for (Region region : worst) {
      staged.close();
      rewriting.takeBack(region);
      if (rewriting.active().isEmpty()) {
        step(region, accuracy, false);
        return new Outcome(accuracy, null);
      }
      repairing.repair();
      staged = candidate.stage(rewriting::result);
      accuracy = measure(staged.path());
      step(region, accuracy, true);
      if (accuracy.passed()) {
        return new Outcome(accuracy, staged);
      }
    }
    throw new IllegalStateException("every region was taken back and one is left");
  }

  /**
   * How a gate ended.
   *
   * @param accuracy the last figures
   * @param staged the file that holds; null where none does
   */
  record Outcome(Accuracy accuracy, @Nullable StagedModel staged) {}

  private void step(Region region, Accuracy accuracy, boolean measured) {
    GateResult gate =
        accuracy.gates().stream()
            .filter(result -> !result.passed())
            .findFirst()
            .orElseGet(() -> accuracy.gates().get(0));
    steps.add(
        new Step(
            region.id(),
            "reverted",
            gate.metric(),
            alone.get(region),
            measured ? gate.value() : null,
            measured ? gate.standardError() : null,
            measured && accuracy.passed()));
  }

  private List<Region> byHarm(Rewriting rewriting, Candidate candidate, Accuracy together)
      throws InterruptedException {
    List<Region> regions = rewriting.active();
    if (regions.size() == 1) {
      alone.put(regions.get(0), value(together));
      return regions;
    }
    List<Harm> harms = new ArrayList<>();
    for (Region region : regions) {
      try (StagedModel staged = candidate.stage(s -> rewriting.only(region, s))) {
        Accuracy accuracy = measure(staged.path());
        alone.put(region, value(accuracy));
        harms.add(new Harm(region, harm(accuracy)));
      }
    }
    return harms.stream()
        .sorted(Comparator.comparingDouble((Harm harm) -> -harm.amount()))
        .map(Harm::region)
        .toList();
  }

  /** The value of the first condition. */
  private static double value(Accuracy accuracy) {
    return accuracy.gates().get(0).value();
  }

  private record Harm(Region region, double amount) {}

  /** How far the first condition is passed, the larger the worse; not a number counts as worst. */
  private static double harm(Accuracy accuracy) {
    GateResult gate = accuracy.gates().get(0);
    double over =
        gate.metric().equals("agreement")
            ? gate.limit() - gate.value()
            : gate.value() - gate.limit();
    return Double.isNaN(over) ? Double.POSITIVE_INFINITY : over;
  }

  private Accuracy measure(Path model) throws InterruptedException {
    return Gate.apply(options, ModelComparison.compare(reference, model, threads));
  }
}
