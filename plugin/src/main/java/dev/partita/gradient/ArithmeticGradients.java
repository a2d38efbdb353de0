package dev.partita.gradient;

import com.google.common.collect.ImmutableMap;
import java.util.List;

/** Operators of several operands that are repeated to one shape. */
final class ArithmeticGradients {

  private ArithmeticGradients() {}

  static ImmutableMap<String, OperatorGradient> all() {
    return ImmutableMap.<String, OperatorGradient>builder()
        .put("Add", ArithmeticGradients::sum)
        .put("Sum", ArithmeticGradients::sum)
        .put("Sub", ArithmeticGradients::difference)
        .put("Mul", ArithmeticGradients::product)
        .put("Div", ArithmeticGradients::quotient)
        .put("Pow", ArithmeticGradients::power)
        .put("Where", ArithmeticGradients::choice)
        .put("PRelu", ArithmeticGradients::slopes)
        .put("Expand", step -> step.giveRepeated(0, step.dy()))
        .buildOrThrow();
  }

  private static void sum(Step step) {
    for (int i = 0; i < step.inputs(); i++) {
      if (step.wants(i)) {
        step.giveRepeated(i, step.dy());
      }
    }
  }

  private static void difference(Step step) {
    if (step.wants(0)) {
      step.giveRepeated(0, step.dy());
    }
    if (step.wants(1)) {
      step.giveRepeated(1, step.emit().node("Neg", List.of(step.dy())));
    }
  }

  private static void product(Step step) {
    for (int i = 0; i < 2; i++) {
      if (step.wants(i)) {
        step.giveRepeated(i, step.emit().mul(step.dy(), step.in(1 - i)));
      }
    }
  }

  private static void quotient(Step step) {
    Emitter e = step.emit();
    String over = e.div(step.dy(), step.in(1));
    if (step.wants(0)) {
      step.giveRepeated(0, over);
    }
    if (step.wants(1)) {
      step.giveRepeated(1, e.node("Neg", List.of(e.mul(over, step.out()))));
    }
  }

  private static void power(Step step) {
    if (step.wants(1)) {
      throw step.refuse(": its exponent varies");
    }
    Emitter e = step.emit();
    double exponent = step.constantNumber(1);
    String x = step.in(0);
    String slope =
        exponent == 2 ? x : e.node("Pow", List.of(x, e.scalar(exponent - 1, step.format())));
    step.giveRepeated(0, e.mul(step.dy(), e.mul(step.scalar(exponent), slope)));
  }

  private static void choice(Step step) {
    Emitter e = step.emit();
    String zero = step.scalar(0);
    if (step.wants(1)) {
      step.giveRepeated(1, e.node("Where", List.of(step.in(0), step.dy(), zero)));
    }
    if (step.wants(2)) {
      step.giveRepeated(2, e.node("Where", List.of(step.in(0), zero, step.dy())));
    }
  }

  private static void slopes(Step step) {
    if (step.wants(1)) {
      throw step.refuse(": its slopes vary");
    }
    Emitter e = step.emit();
    String up = e.greater(step.in(0), step.scalar(0), step.format());
    String slope = e.add(up, e.mul(e.sub(step.scalar(1), up), step.in(1)));
    step.give(0, e.mul(step.dy(), slope));
  }
}
