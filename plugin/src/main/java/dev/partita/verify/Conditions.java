package dev.partita.verify;

import dev.partita.verify.Accuracy.GateResult;
import dev.partita.verify.Accuracy.OutputAccuracy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The conditions of one output, by how it is read and which limits were set; see {@link Gate}. */
final class Conditions {

  /** The most that an output may differ that no cut leads to, where the original repeats itself. */
  static final double LEAST_NOISE = 1e-6;

  private Conditions() {}

  private static boolean isReadAs(OutputAccuracy output, ReadAs as) {
    return output.readAs().equals(as.code());
  }

  static boolean isOther(OutputAccuracy output) {
    return output.readAs().equals(OutputAccuracy.OTHER);
  }

  static boolean isBroken(OutputAccuracy output) {
    Double error = output.relativeError();
    return error != null && !Double.isFinite(error);
  }

  /** Whether neither the evidence nor a limit says how an output is meant. */
  static boolean isOpen(GateLimits limits, OutputAccuracy output) {
    return isReadAs(output, ReadAs.UNDECIDED)
        && limits.decisions().minAgreement() == null
        && !limits.values().areSet();
  }

  static List<GateResult> of(GateLimits limits, OutputAccuracy output) {
    if (isOther(output)) {
      throw new GateException(
          "The output \"%s\" is %s, so it cannot be compared."
              .formatted(output.name(), output.readBecause()),
          "Name another output with --gate-output, or score it with --metric.");
    }
    if (output.sizeDiffers()) {
      return List.of(size(output));
    }
    List<GateResult> gates = new ArrayList<>();
    if (isOpen(limits, output)) {
      gates.addAll(either(output));
    } else {
      boolean asValues = isReadAs(output, ReadAs.VALUES);
      if (!asValues) {
        gates.addAll(decided(limits.decisions(), output, !isReadAs(output, ReadAs.UNDECIDED)));
      }
      gates.addAll(valued(limits.values(), output, asValues));
    }
    boolean errorHeld = gates.stream().anyMatch(gate -> gate.metric().equals(Gate.RELATIVE_ERROR));
    if (isBroken(output) && !errorHeld) {
      gates.add(relativeError(output, GateLimits.DEFAULT_MAX_RELATIVE_ERROR));
    }
    return gates;
  }

  /**
   * As values; or as scores, with half of the variance explained: whichever is closer to holding.
   */
  private static List<GateResult> either(OutputAccuracy output) {
    List<GateResult> values = valued(GateLimits.DEFAULTS.values(), output, true);
    List<GateResult> scores =
        new ArrayList<>(decided(GateLimits.DEFAULTS.decisions(), output, true));
    if (output.explained() != null) {
      scores.add(explained(output, GateLimits.MIN_EXPLAINED_OF_UNDECIDED));
    }
    return Gate.largestRatio(scores) <= Gate.largestRatio(values) ? scores : values;
  }

  /**
   * Conditions on decisions.
   *
   * @param byDefault whether agreement is needed where no limit was set and no labels count
   */
  private static List<GateResult> decided(
      GateLimits.OfDecisions limits, OutputAccuracy output, boolean byDefault) {
    List<GateResult> gates = new ArrayList<>();
    Double before = output.top1Before();
    Double after = output.top1After();
    Double agreement = output.agreement();
    if (before != null && after != null) {
      Double set = limits.maxAccuracyDrop();
      double limit =
          set != null
              ? set
              : Gate.accuracyDropLimit(
                  GateLimits.DEFAULT_MAX_ACCURACY_DROP, before, orZero(output.commonestAccuracy()));
      gates.add(
          condition(
              Gate.ACCURACY_DROP,
              output,
              limit,
              before - after,
              output.standardErrors().top1Drop(),
              output.intervals().top1Drop()));
    }
    Double set = limits.minAgreement();
    boolean needed = gates.isEmpty() && byDefault;
    if (agreement != null && (set != null || needed)) {
      double limit =
          set != null
              ? set
              : Gate.agreementLimit(GateLimits.DEFAULT_MIN_AGREEMENT, orZero(output.commonest()));
      gates.add(
          condition(
              Gate.AGREEMENT,
              output,
              limit,
              agreement,
              output.standardErrors().agreement(),
              output.intervals().agreement()));
    }
    return gates;
  }

  /**
   * Conditions on values.
   *
   * @param byDefault whether there are any where the user set none
   */
  private static List<GateResult> valued(
      GateLimits.OfValues limits, OutputAccuracy output, boolean byDefault) {
    List<GateResult> gates = new ArrayList<>();
    boolean defaults = byDefault && !limits.areSet();
    Double before = output.r2Before();
    Double after = output.r2After();
    boolean targets = before != null && after != null;
    if (targets && (defaults || limits.maxR2Drop() != null)) {
      Double set = limits.maxR2Drop();
      // The mean of the targets has an R2 of 0.
      double limit =
          set != null ? set : Gate.accuracyDropLimit(GateLimits.DEFAULT_MAX_R2_DROP, before, 0);
      gates.add(condition(Gate.R2_DROP, output, limit, before - after, null, null));
    }
    Double error = limits.maxRelativeError();
    if (error != null || (defaults && !targets)) {
      gates.add(
          relativeError(output, error != null ? error : GateLimits.DEFAULT_MAX_RELATIVE_ERROR));
    }
    Double least = limits.minExplained();
    if (output.explained() != null && (least != null || (defaults && !targets))) {
      gates.add(explained(output, least != null ? least : GateLimits.DEFAULT_MIN_EXPLAINED));
    }
    Double cosine = output.cosine();
    if (limits.minCosine() != null && cosine != null) {
      gates.add(
          condition(
              Gate.COSINE,
              output,
              limits.minCosine(),
              cosine,
              output.standardErrors().cosine(),
              null));
    }
    return gates;
  }

  private static GateResult explained(OutputAccuracy output, double limit) {
    return condition(Gate.EXPLAINED, output, limit, orNan(output.explained()), null, null);
  }

  static GateResult relativeError(OutputAccuracy output, double limit) {
    return condition(
        Gate.RELATIVE_ERROR,
        output,
        limit,
        orNan(output.relativeError()),
        output.standardErrors().relativeError(),
        null);
  }

  static GateResult unchanged(OutputAccuracy output, double noise) {
    return output.sizeDiffers()
        ? size(output)
        : relativeError(output, Math.max(LEAST_NOISE, noise));
  }

  private static GateResult size(OutputAccuracy output) {
    return new GateResult(Gate.SIZE, output.name(), 0, 1, null, false);
  }

  private static GateResult condition(
      String metric,
      OutputAccuracy output,
      double limit,
      double value,
      @Nullable Double standardError,
      @Nullable Interval interval) {
    boolean holds =
        Gate.isLeast(metric) ? value >= limit - Gate.ROUNDING : value <= limit + Gate.ROUNDING;
    return new GateResult(
        metric, output.name(), limit, value, standardError, holds, null, null, interval);
  }

  private static double orNan(@Nullable Double value) {
    return value == null ? Double.NaN : value;
  }

  private static double orZero(@Nullable Double value) {
    return value == null ? 0 : value;
  }
}
