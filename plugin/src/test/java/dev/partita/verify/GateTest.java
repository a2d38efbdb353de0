package dev.partita.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.partita.testing.OutputFigures;
import dev.partita.verify.Accuracy.GateResult;
import dev.partita.verify.Accuracy.StandardErrors;
import dev.partita.verify.GateLimits.OfDecisions;
import dev.partita.verify.GateLimits.OfValues;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GateTest {
  private static final StandardErrors ERRORS = new StandardErrors(0.001, 0.002, 0.003, 0.004);
  private static final GateLimits DEFAULTS = GateLimits.DEFAULTS;

  private static Accuracy of(boolean labelled, OutputFigures... outputs) {
    return new Accuracy(
        "data.npz",
        1000,
        labelled,
        Stream.of(outputs)
            .map(output -> output.errors(ERRORS).build())
            .collect(ImmutableList.toImmutableList()),
        ImmutableList.of(),
        ImmutableList.of());
  }

  private static OutputFigures scores() {
    return OutputFigures.of("y", "scores");
  }

  private static OutputFigures values(double error, double explained) {
    return OutputFigures.of("y", "values").relativeError(error).explained(explained);
  }

  private static OutputFigures undecided(double agreement, double error, double explained) {
    return OutputFigures.of("y", "undecided")
        .agreement(agreement, 0.2)
        .relativeError(error)
        .explained(explained);
  }

  private static List<GateResult> gates(GateLimits limits, OutputFigures... outputs) {
    return Gate.apply(limits, of(false, outputs)).gates();
  }

  private static boolean holds(GateLimits limits, OutputFigures... outputs) {
    return Gate.apply(limits, of(true, outputs)).passed();
  }

  @Test
  void labelledDecisionsAreHeldToTheAccuracyDrop() {
    Accuracy close = of(true, scores().accuracy(0.90, 0.89, 0.1).agreement(0.5, 0.1));
    assertThat(Gate.apply(DEFAULTS, close).gates())
        .singleElement()
        .satisfies(
            gate -> {
              assertThat(gate.metric()).isEqualTo("accuracy_drop");
              assertThat(gate.output()).isEqualTo("y");
              assertThat(gate.limit()).isEqualTo(0.01);
              assertThat(gate.standardError()).isEqualTo(0.001);
              assertThat(gate.passed()).isTrue();
            });
    OutputFigures far = scores().accuracy(0.90, 0.88, 0.1).agreement(1, 0.1);
    assertThat(holds(DEFAULTS, far)).isFalse();
    assertThat(holds(DEFAULTS.with(new OfDecisions(0.02, null)), far)).isTrue();
  }

  @Test
  void unlabelledDecisionsAreHeldToTheAgreement() {
    assertThat(gates(DEFAULTS, scores().agreement(0.95, 0.2).relativeError(0.5)))
        .containsExactly(new GateResult("agreement", "y", 0.95, 0.95, 0.002, true));
    OutputFigures bad = scores().agreement(0.94, 0.2).relativeError(0);
    assertThat(holds(DEFAULTS, bad)).isFalse();
    assertThat(holds(DEFAULTS.with(new OfDecisions(null, 0.9)), bad)).isTrue();
  }

  @Test
  void decisionsThatAreNearlyConstantHaveToStay() {
    // Always answering "no" costs 2 %, so half a percent may change.
    assertThat(gates(DEFAULTS, scores().agreement(0.994, 0.98)))
        .singleElement()
        .satisfies(
            gate -> {
              assertThat(gate.limit()).isEqualTo(0.995);
              assertThat(gate.passed()).isFalse();
            });
    assertThat(holds(DEFAULTS, scores().agreement(0.9951, 0.98))).isTrue();
    assertThat(holds(DEFAULTS, scores().accuracy(0.985, 0.98, 0.98).agreement(1, 0.98))).isFalse();
    assertThat(holds(DEFAULTS, scores().accuracy(0.985, 0.984, 0.98).agreement(1, 0.98))).isTrue();
    // Whoever sets a limit knows the data.
    assertThat(holds(DEFAULTS.with(new OfDecisions(null, 0.9)), scores().agreement(0.98, 0.98)))
        .isTrue();
  }

  @Test
  void valuesAreHeldToRelativeErrorAndExplainedShare() {
    assertThat(gates(DEFAULTS, values(0.1, 0.9)))
        .extracting(GateResult::metric)
        .containsExactly("relative_error", "explained");
    assertThat(holds(DEFAULTS, values(0.1, 0.9))).isTrue();
    assertThat(holds(DEFAULTS, values(0.11, 0.9))).isFalse();
    // Numbers that are large beside their spread have a small relative error whatever they say.
    assertThat(holds(DEFAULTS, values(0.01, 0))).isFalse();
    assertThat(holds(DEFAULTS.with(new OfValues(0.2, null, null, null)), values(0.11, 0))).isTrue();
    assertThat(holds(DEFAULTS.with(new OfValues(null, 0.5, null, null)), values(0.7, 0.5)))
        .isTrue();
    assertThat(
            holds(DEFAULTS.with(new OfValues(null, null, 0.98, null)), values(0.1, 1).cosine(0.97)))
        .isFalse();
  }

  @Test
  void targetsTakeThePlaceOfTheOriginal() {
    assertThat(holds(DEFAULTS, values(0.5, 0.5).r2(0.9, 0.891))).isTrue();
    assertThat(holds(DEFAULTS, values(0, 1).r2(0.9, 0.889))).isFalse();
    // The mean would lose 0.02 here: a quarter of it may go.
    assertThat(holds(DEFAULTS, values(0, 1).r2(0.02, 0.014))).isFalse();
    assertThat(
            holds(DEFAULTS.with(new OfValues(null, null, null, 0.1)), values(1, 0).r2(0.9, 0.81)))
        .isTrue();
  }

  @Test
  void undecidedOutputsHoldEitherWay() {
    assertThat(gates(DEFAULTS, undecided(0.5, 0.05, 0.95)))
        .extracting(GateResult::metric)
        .containsExactly("relative_error", "explained");
    assertThat(gates(DEFAULTS, undecided(0.97, 0.3, 0.6)))
        .extracting(GateResult::metric)
        .containsExactly("agreement", "explained");
    assertThat(holds(DEFAULTS, undecided(0.97, 0.3, 0.6))).isTrue();
    assertThat(holds(DEFAULTS, undecided(0.97, 0.3, 0.4))).isFalse();
    assertThat(holds(DEFAULTS, undecided(0.9, 0.3, 0.6))).isFalse();
    assertThat(Gate.apply(DEFAULTS, of(false, undecided(0.97, 0.3, 0.6))).notes())
        .anySatisfy(note -> assertThat(note).contains("--read y=scores"));
    // A limit that is set says how the output is meant.
    assertThat(gates(DEFAULTS.with(new OfDecisions(null, 0.9)), undecided(0.9, 9, -9)))
        .extracting(GateResult::metric)
        .containsExactly("agreement");
    assertThat(gates(DEFAULTS.with(new OfValues(0.5, null, null, null)), undecided(0, 0.4, 0)))
        .extracting(GateResult::metric)
        .containsExactly("relative_error");
  }

  @Test
  void limitsThatWereSetAreCheckedNextToTheRule() {
    Accuracy accuracy =
        of(true, scores().accuracy(0.9, 0.9, 0.1).agreement(0.9, 0.1).relativeError(0.05));
    Accuracy gated =
        Gate.apply(
            DEFAULTS.with(new OfDecisions(null, 0.95)).with(new OfValues(0.1, null, null, null)),
            accuracy);
    assertThat(gated.gates())
        .extracting(GateResult::metric)
        .containsExactly("accuracy_drop", "agreement", "relative_error");
    assertThat(gated.gates()).extracting(GateResult::passed).containsExactly(true, false, true);
    assertThat(gated.passed()).isFalse();
  }

  @Test
  void everyOutputHasToHold() {
    OutputFigures first = scores().agreement(1, 0.2).relativeError(0);
    OutputFigures second =
        OutputFigures.of("features", "values").relativeError(0.5).explained(0.75);
    assertThat(holds(DEFAULTS, first, second)).isFalse();
    assertThat(holds(DEFAULTS.withOutputs("y"), first, second)).isTrue();
    assertThatThrownBy(() -> holds(DEFAULTS.withOutputs("feature"), first, second))
        .isInstanceOf(GateException.class)
        .hasMessage("The model has no output \"feature\" (did you mean \"features\"?).");
  }

  @Test
  void anInfiniteErrorFailsWhateverTheRuleAndWhereverItIs() {
    OutputFigures broken =
        OutputFigures.of("z", "values").relativeError(Double.POSITIVE_INFINITY).explained(1);
    OutputFigures fine = scores().accuracy(0.9, 0.9, 0.1).agreement(1, 0.1).relativeError(0);
    for (GateLimits limits : List.of(DEFAULTS, DEFAULTS.withOutputs("y"))) {
      Accuracy gated = Gate.apply(limits, of(true, fine, broken));
      assertThat(gated.passed()).isFalse();
      assertThat(gated.gates()).extracting(GateResult::output).contains("y", "z");
    }
  }

  @Test
  void aValueThatIsNotANumberNeverPasses() {
    assertThat(
            gates(
                DEFAULTS.with(new OfValues(1.0, null, null, null)),
                scores().agreement(Double.NaN, 0).relativeError(Double.NaN)))
        .extracting(GateResult::passed)
        .containsExactly(false, false);
  }

  @Test
  void whatNoCutLeadsToStaysAsItIs() {
    OutputFigures held = scores().agreement(1, 0.2).relativeError(0);
    OutputFigures same =
        OutputFigures.of("passed", "values").relativeError(1e-7).explained(1).notReached();
    assertThat(holds(DEFAULTS, held, same)).isTrue();
    OutputFigures changed =
        OutputFigures.of("passed", "values").relativeError(1e-5).explained(1).notReached();
    assertThat(holds(DEFAULTS, held, changed)).isFalse();
  }

  @Test
  void anOutputOfUnknownSizeIsHeldByName() {
    OutputFigures scores = scores().agreement(1, 0.2).relativeError(0);
    OutputFigures boxes = OutputFigures.of("boxes", "values").ofUnknownSize(true);
    assertThat(holds(DEFAULTS, scores, boxes)).isTrue();
    assertThat(gates(DEFAULTS.withOutputs("boxes"), scores, boxes))
        .singleElement()
        .satisfies(gate -> assertThat(gate.metric()).isEqualTo("size"))
        .satisfies(gate -> assertThat(gate.passed()).isFalse());
    assertThatThrownBy(() -> holds(DEFAULTS, boxes))
        .isInstanceOf(GateException.class)
        .hasMessage("No output of boxes can be compared by default.");
  }

  @Test
  void aNoteSaysWhereTheDataIsTooSmall() {
    Accuracy few =
        new Accuracy(
            "data.npz",
            72,
            false,
            ImmutableList.of(scores().agreement(1, 0.2).build()),
            ImmutableList.of(),
            ImmutableList.of());
    assertThat(Gate.apply(DEFAULTS, few).notes())
        .containsExactly(
            "72 samples cannot show that the agreement of the output \"y\" is at least 0.9500;"
                + " that takes 73.");
    Accuracy enough =
        new Accuracy("data.npz", 73, false, few.outputs(), few.gates(), ImmutableList.of());
    assertThat(Gate.apply(DEFAULTS, enough).notes()).isEmpty();
  }

  @Test
  void theRatioIsTheLossOverItsLimit() {
    assertThat(Gate.ratio(new GateResult("agreement", "y", 0.95, 0.9, 0.0, false)))
        .isCloseTo(2, org.assertj.core.api.Assertions.within(1e-9));
    assertThat(Gate.ratio(new GateResult("relative_error", "y", 0.1, 0.05, 0.0, true)))
        .isEqualTo(0.5);
    assertThat(Gate.ratio(new GateResult("accuracy_drop", "y", 0, 0.01, 0.0, false))).isInfinite();
    assertThat(Gate.ratio(new GateResult("explained", "y", 0.9, Double.NaN, 0.0, false)))
        .isInfinite();
  }

  @Test
  void limitsThatCannotBeMeasuredAreErrors() {
    OutputFigures value = values(0, 1);
    assertThatThrownBy(
            () -> Gate.apply(DEFAULTS.with(new OfDecisions(0.01, null)), of(false, value)))
        .isInstanceOf(GateException.class)
        .hasMessage("A limit on the accuracy drop was set, but data.npz has no labels.");
    assertThatThrownBy(() -> holds(DEFAULTS.with(new OfDecisions(null, 0.9)), value))
        .isInstanceOf(GateException.class)
        .hasMessage(
            "A limit on the agreement was set, but it cannot be measured on the output \"y\":"
                + " nothing is decided by it.");
    assertThatThrownBy(() -> holds(DEFAULTS.with(new OfDecisions(0.01, null)), value))
        .isInstanceOf(GateException.class)
        .hasMessageContaining("no output decides what the labels name");
    assertThatThrownBy(
            () -> holds(DEFAULTS.with(new OfValues(null, null, null, 0.1)), values(0, 1)))
        .isInstanceOf(GateException.class)
        .hasMessageContaining("the labels are not its targets");
    assertThatThrownBy(
            () -> gates(DEFAULTS.with(new OfValues(null, null, null, 0.1)), values(0, 1)))
        .isInstanceOf(GateException.class)
        .hasMessage("A limit on the R2 drop was set, but data.npz has no labels.");
    Accuracy text =
        new Accuracy(
            "data.npz",
            100,
            false,
            ImmutableList.of(Accuracy.OutputAccuracy.other("t", "a sequence")),
            ImmutableList.of(),
            ImmutableList.of());
    assertThatThrownBy(() -> Gate.apply(DEFAULTS, text))
        .isInstanceOf(GateException.class)
        .hasMessage("No output of t can be compared by default.")
        .satisfies(
            failure ->
                assertThat(((GateException) failure).hint())
                    .contains("--metric", "--gate-output", "--no-gate"));
    assertThatThrownBy(() -> Gate.apply(DEFAULTS.withOutputs("t"), text))
        .isInstanceOf(GateException.class)
        .hasMessage("The output \"t\" is a sequence, so it cannot be compared.");
    assertThatThrownBy(() -> holds(DEFAULTS))
        .isInstanceOf(GateException.class)
        .hasMessage("The model has no output to compare.");
    assertThatThrownBy(
            () ->
                new GateLimits(
                    DEFAULTS.decisions(),
                    DEFAULTS.values(),
                    ImmutableSet.of(),
                    DEFAULTS.read(),
                    null,
                    0.5,
                    null))
        .isInstanceOf(GateException.class)
        .hasMessage("A metric needs a limit, and a limit a metric.");
  }

  @Test
  void limitsOutOfRangeAreErrors() {
    assertThatThrownBy(() -> new OfDecisions(null, 95.0))
        .isInstanceOf(GateException.class)
        .hasMessage("The limit of the agreement is 95.0, which is out of range.");
    assertThatThrownBy(() -> new OfDecisions(-0.1, null)).isInstanceOf(GateException.class);
    assertThatThrownBy(() -> new OfValues(Double.NaN, null, null, null))
        .isInstanceOf(GateException.class);
    assertThatThrownBy(() -> new OfValues(null, 1.1, null, null)).isInstanceOf(GateException.class);
  }
}
