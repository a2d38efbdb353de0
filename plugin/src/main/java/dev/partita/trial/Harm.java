package dev.partita.trial;

import dev.partita.verify.Accuracy;
import dev.partita.verify.Accuracy.GateResult;
import dev.partita.verify.Gate;

/**
 * How far a candidate is from holding.
 *
 * @param metric of the condition that is reported
 * @param value of that metric
 * @param over by which factor the largest loss passes its limit, less 1; infinite where a value is
 *     not a number
 * @param passed whether every condition holds
 */
record Harm(String metric, double value, double over, boolean passed) {

  /**
   * The condition whose loss is the largest part of its limit, the first of those of equal part.
   */
  static GateResult deciding(Accuracy accuracy) {
    GateResult worst = accuracy.gates().get(0);
    for (GateResult gate : accuracy.gates()) {
      worst = Gate.ratio(gate) > Gate.ratio(worst) ? gate : worst;
    }
    return worst;
  }

  /** The condition that decides; where all hold, the one that failed before. */
  static GateResult deciding(Accuracy accuracy, GateResult before) {
    return accuracy.passed() ? same(accuracy, before) : deciding(accuracy);
  }

  private static GateResult same(Accuracy accuracy, GateResult condition) {
    return accuracy.gates().stream()
        .filter(
            other ->
                other.metric().equals(condition.metric())
                    && other.output().equals(condition.output()))
        .findFirst()
        .orElseGet(() -> deciding(accuracy));
  }

  /** What a candidate does, reported by a condition that is sought by its metric and output. */
  static Harm of(Accuracy accuracy, GateResult condition) {
    GateResult gate = same(accuracy, condition);
    return new Harm(
        gate.metric(), gate.value(), Gate.largestRatio(accuracy.gates()) - 1, accuracy.passed());
  }
}
