package dev.partita.trial;

import dev.partita.verify.Accuracy;
import dev.partita.verify.Accuracy.GateResult;
import dev.partita.verify.Gate;

/**
 * How far a candidate is from holding, by the one condition that decides.
 *
 * @param metric of the condition
 * @param value of that metric
 * @param over how far its limit is passed, 0 or less where it is not; infinite where the value is
 *     no number
 * @param passed whether every condition holds
 */
record Harm(String metric, double value, double over, boolean passed) {

  /** The condition that is the first to fail; the first of all where none does. */
  static GateResult deciding(Accuracy accuracy) {
    return accuracy.gates().stream()
        .filter(gate -> !gate.passed())
        .findFirst()
        .orElseGet(() -> accuracy.gates().get(0));
  }

  /** The condition that is the first to fail; where none does, the one that failed before. */
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
        .orElseGet(() -> accuracy.gates().get(0));
  }

  /** What a candidate does to a condition, which is sought by its metric and output. */
  static Harm of(Accuracy accuracy, GateResult condition) {
    GateResult gate = same(accuracy, condition);
    double over =
        Gate.isLeast(gate.metric()) ? gate.limit() - gate.value() : gate.value() - gate.limit();
    return new Harm(
        gate.metric(),
        gate.value(),
        Double.isNaN(over) ? Double.POSITIVE_INFINITY : over,
        accuracy.passed());
  }
}
