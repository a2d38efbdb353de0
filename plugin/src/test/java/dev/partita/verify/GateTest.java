package dev.partita.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import dev.partita.verify.Accuracy.GateResult;
import dev.partita.verify.Accuracy.OutputAccuracy;
import dev.partita.verify.Accuracy.StandardErrors;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GateTest {
  private static final StandardErrors ERRORS = new StandardErrors(0.001, 0.002, 0.003, 0.004);

  private static OutputAccuracy output(
      String name,
      @Nullable Double before,
      @Nullable Double after,
      @Nullable Double agreement,
      @Nullable Double error) {
    return new OutputAccuracy(name, before, after, agreement, error, 1.0, ERRORS);
  }

  private static Accuracy of(boolean labelled, OutputAccuracy... outputs) {
    return new Accuracy(
        "data.npz", 100, labelled, ImmutableList.copyOf(outputs), ImmutableList.of());
  }

  private static List<GateResult> gates(GateLimits options, Accuracy accuracy) {
    return Gate.apply(options, accuracy).gates();
  }

  @Test
  void labelledDataIsHeldToTheAccuracyDrop() {
    Accuracy close = of(true, output("y", 0.90, 0.89, 0.5, 0.5));
    assertThat(gates(GateLimits.DEFAULTS, close))
        .singleElement()
        .satisfies(
            gate -> {
              assertThat(gate.metric()).isEqualTo("accuracy_drop");
              assertThat(gate.output()).isEqualTo("y");
              assertThat(gate.limit()).isEqualTo(0.01);
              assertThat(gate.standardError()).isEqualTo(0.001);
              assertThat(gate.passed()).isTrue();
            });
    Accuracy far = of(true, output("y", 0.90, 0.88, 1.0, 0.0));
    assertThat(Gate.apply(GateLimits.DEFAULTS, far).passed()).isFalse();
    assertThat(Gate.apply(GateLimits.DEFAULTS.withMaxAccuracyDrop(0.02), far).passed()).isTrue();
  }

  @Test
  void unlabelledScoresAreHeldToTheAgreement() {
    Accuracy good = of(false, output("y", null, null, 0.95, 0.5));
    assertThat(gates(GateLimits.DEFAULTS, good))
        .containsExactly(new GateResult("agreement", "y", 0.95, 0.95, 0.002, true));
    Accuracy bad = of(false, output("y", null, null, 0.94, 0.0));
    assertThat(Gate.apply(GateLimits.DEFAULTS, bad).passed()).isFalse();
    assertThat(Gate.apply(GateLimits.DEFAULTS.withMinAgreement(0.9), bad).passed()).isTrue();
  }

  @Test
  void otherOutputsAreHeldToTheRelativeError() {
    Accuracy good = of(true, output("y", null, null, null, 0.1));
    assertThat(gates(GateLimits.DEFAULTS, good))
        .containsExactly(new GateResult("relative_error", "y", 0.1, 0.1, 0.003, true));
    Accuracy bad = of(false, output("y", null, null, null, 0.11));
    assertThat(Gate.apply(GateLimits.DEFAULTS, bad).passed()).isFalse();
    assertThat(Gate.apply(GateLimits.DEFAULTS.withMaxRelativeError(0.2), bad).passed()).isTrue();
  }

  @Test
  void limitsThatWereSetAreCheckedBesideTheRule() {
    Accuracy accuracy = of(true, output("y", 0.9, 0.9, 0.9, 0.05));
    Accuracy gated =
        Gate.apply(GateLimits.DEFAULTS.withMinAgreement(0.95).withMaxRelativeError(0.1), accuracy);
    assertThat(gated.gates())
        .extracting(GateResult::metric)
        .containsExactly("accuracy_drop", "agreement", "relative_error");
    assertThat(gated.gates()).extracting(GateResult::passed).containsExactly(true, false, true);
    assertThat(gated.passed()).isFalse();
  }

  @Test
  void anInfiniteErrorFailsWhateverTheRuleAndWhereverItIs() {
    Accuracy accuracy =
        of(
            true,
            output("y", 0.9, 0.9, 1.0, 0.0),
            output("z", null, null, null, Double.POSITIVE_INFINITY));
    Accuracy gated = Gate.apply(GateLimits.DEFAULTS, accuracy);
    assertThat(gated.passed()).isFalse();
    assertThat(gated.gates()).extracting(GateResult::output).containsExactly("y", "z");
  }

  @Test
  void aValueThatIsNoNumberNeverPasses() {
    assertThat(
            Gate.apply(
                    GateLimits.DEFAULTS.withMaxRelativeError(1),
                    of(false, output("y", null, null, Double.NaN, Double.NaN)))
                .gates())
        .extracting(GateResult::passed)
        .containsExactly(false, false);
  }

  @Test
  void theGateLooksAtTheFirstOutputUnlessNamed() {
    Accuracy accuracy =
        of(
            false,
            output("scores", null, null, 1.0, 0.0),
            output("features", null, null, null, 0.5));
    assertThat(Gate.apply(GateLimits.DEFAULTS, accuracy).passed()).isTrue();
    assertThat(Gate.apply(GateLimits.DEFAULTS.withOutput("features"), accuracy).passed()).isFalse();
    assertThatThrownBy(() -> Gate.apply(GateLimits.DEFAULTS.withOutput("score"), accuracy))
        .isInstanceOf(GateException.class)
        .hasMessage("The model has no output \"score\" (did you mean \"scores\"?).");
  }

  @Test
  void limitsThatCannotBeMeasuredAreErrors() {
    Accuracy unlabelled = of(false, output("y", null, null, null, 0.0));
    assertThatThrownBy(() -> Gate.apply(GateLimits.DEFAULTS.withMaxAccuracyDrop(0.01), unlabelled))
        .isInstanceOf(GateException.class)
        .hasMessage("A limit on the accuracy drop was set, but data.npz has no labels.");
    assertThatThrownBy(() -> Gate.apply(GateLimits.DEFAULTS.withMinAgreement(0.9), unlabelled))
        .isInstanceOf(GateException.class)
        .hasMessage(
            "A limit on the agreement was set, but it cannot be measured on the output \"y\":"
                + " it is not one row of scores a sample.");
    Accuracy labelled = of(true, output("y", null, null, null, 0.0));
    assertThatThrownBy(() -> Gate.apply(GateLimits.DEFAULTS.withMaxAccuracyDrop(0.01), labelled))
        .isInstanceOf(GateException.class)
        .hasMessageContaining("labelled top-1 needs one row of scores a sample");
    Accuracy text = of(false, output("t", null, null, null, null));
    assertThatThrownBy(() -> Gate.apply(GateLimits.DEFAULTS, text))
        .isInstanceOf(GateException.class)
        .hasMessage("The output \"t\" is no tensor of numbers, so nothing can be measured on it.");
  }

  @Test
  void whatHasNothingToMeasureIsAnError() {
    assertThatThrownBy(() -> Gate.apply(GateLimits.DEFAULTS, of(false)))
        .isInstanceOf(GateException.class)
        .hasMessage("The model has no output to look at.");
    Accuracy text = of(false, output("t", null, null, 1.0, null));
    assertThatThrownBy(() -> Gate.apply(GateLimits.DEFAULTS.withMaxRelativeError(0.1), text))
        .isInstanceOf(GateException.class)
        .hasMessageEndingWith("output \"t\": it is no tensor of numbers.");
    assertThatThrownBy(() -> new GateLimits(null, null, null, null, null, 0.5))
        .isInstanceOf(GateException.class)
        .hasMessage("A metric needs a limit, and a limit a metric.");
  }

  @Test
  void limitsOutOfRangeAreErrors() {
    assertThatThrownBy(() -> GateLimits.DEFAULTS.withMinAgreement(95))
        .isInstanceOf(GateException.class)
        .hasMessage("The limit of the agreement is 95.0, which is out of range.");
    assertThatThrownBy(() -> GateLimits.DEFAULTS.withMaxRelativeError(Double.NaN))
        .isInstanceOf(GateException.class);
    assertThatThrownBy(() -> GateLimits.DEFAULTS.withMaxAccuracyDrop(-0.1))
        .isInstanceOf(GateException.class);
  }
}
