package dev.partita.gradient;

import static org.assertj.core.api.Assertions.assertThat;

import dev.partita.onnx.facts.Operator;
import dev.partita.onnx.facts.Operators;
import org.junit.jupiter.api.Test;

/** The operators that gradients go through are those of the table, and what it lacks is listed. */
class OperatorGradientsTest {

  @Test
  void everyRowHasItsGradientOrSaysThatThereIsNone() {
    assertThat(Differentiation.operators())
        .containsExactlyInAnyOrderElementsOf(
            Operators.all().values().stream()
                .filter(Operator::isDifferentiable)
                .map(Operator::name)
                .toList());
  }

  @Test
  void everyRowStandsUnderItsName() {
    Operators.all()
        .forEach(
            (name, operator) -> {
              assertThat(operator.name()).isEqualTo(name);
              assertThat(Operators.named(name)).isSameAs(operator);
              assertThat(operator.mostInputs()).isGreaterThanOrEqualTo(operator.fewestInputs());
            });
    assertThat(Operators.named("Unheard").isDifferentiable()).isFalse();
  }

  /** The gap: a region may hold these, and cannot be distilled with them. */
  @Test
  void branchesMayHoldOperatorsWithoutGradients() {
    assertThat(
            Operators.all().values().stream()
                .filter(operator -> !operator.isDifferentiable())
                .filter(OperatorGradientsTest::mayBeInABranch)
                .map(Operator::name))
        .containsExactlyInAnyOrder(
            "Acos",
            "Acosh",
            "Asin",
            "Asinh",
            "Atan",
            "Atanh",
            "BiasGelu",
            "Ceil",
            "Celu",
            "Cos",
            "Cosh",
            "DequantizeLinear",
            "FastGelu",
            "Floor",
            "Max",
            "Mean",
            "Min",
            "Mish",
            "QuantizeLinear",
            "Round",
            "Selu",
            "Shrink",
            "Sign",
            "Sin",
            "Sinh",
            "Swish",
            "Tan",
            "ThresholdedRelu");
  }

  private static boolean mayBeInABranch(Operator operator) {
    return switch (operator.features()) {
      case ELEMENTWISE, BROADCAST, SLOPED, BIASED, SCALED, NORMALIZED, MOVED -> true;
      case MIXED, REGROUPED, PRODUCT, SCORES -> false;
    };
  }
}
