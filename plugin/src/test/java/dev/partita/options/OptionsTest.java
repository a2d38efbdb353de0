package dev.partita.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {

  @Test
  void repairsByDefaultWhereThereIsCalibrationDataOnly() {
    assertThat(Options.builder().build().effectiveRepair()).isEqualTo(Repair.NONE);
    assertThat(
            Options.builder().set(PlanningOptions.CALIBRATION, "c.npz").build().effectiveRepair())
        .isEqualTo(Repair.LEAST_SQUARES);
    assertThat(
            Options.builder()
                .set(PlanningOptions.CALIBRATION, "c.npz")
                .set(RepairOptions.REPAIR, Repair.NONE)
                .build()
                .effectiveRepair())
        .isEqualTo(Repair.NONE);
  }

  @Test
  void repairsNothingWhereNothingIsLost() {
    assertThat(
            Options.builder()
                .set(PlanningOptions.CALIBRATION, "c.npz")
                .set(PlanningOptions.STRATEGY, Strategy.LOSSLESS)
                .build()
                .effectiveRepair())
        .isEqualTo(Repair.NONE);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
  void refusesFewerThanOneAccelerator(int accelerators) {
    assertRefused(Options.builder().set(TargetOptions.ACCELERATORS, accelerators));
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.01, 1.01, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesLimitsThatNoResultCouldMeet(double limit) {
    assertRefused(Options.builder().set(GateOptions.MAX_ACCURACY_DROP, limit));
    assertRefused(Options.builder().set(GateOptions.MIN_AGREEMENT, limit));
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.01, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesRelativeErrorsThatAreNone(double limit) {
    assertRefused(Options.builder().set(GateOptions.MAX_RELATIVE_ERROR, limit));
  }

  @Test
  void refusesOtherValuesOutOfRange() {
    assertRefused(Options.builder().set(SelectionOptions.MIN_BLOCK, 0));
    assertRefused(Options.builder().set(PlanningOptions.THREADS, 0));
    assertRefused(Options.builder().set(TargetOptions.DIM, ImmutableMap.of("batch", 0L)));
  }

  @Test
  void refusesUnknownWaysToReadAnOutput() {
    assertThatThrownBy(
            () -> Options.builder().set(GateOptions.READ, ImmutableMap.of("y", "score")).build())
        .isInstanceOf(UsageException.class)
        .hasMessage("--read y=score: \"score\" is not a way to read an output.");
  }

  @Test
  void refusesOptionsThatContradictEachOther() {
    assertRefused(
        Options.builder().set(GateOptions.GATE, false).set(GateOptions.MIN_AGREEMENT, 0.9));
    assertRefused(
        Options.builder()
            .set(GateOptions.GATE, false)
            .set(GateOptions.GATE_OUTPUT, ImmutableList.of("logits")));
    assertRefused(Options.builder().set(RepairOptions.REPAIR, Repair.LEAST_SQUARES));
    assertRefused(
        Options.builder()
            .set(PlanningOptions.CALIBRATION, "c.npz")
            .set(RepairOptions.REPAIR, Repair.LEAST_SQUARES)
            .set(PlanningOptions.STRATEGY, Strategy.LOSSLESS));
  }

  @Test
  void asksForDataOnlyWhereTheGateNeedsIt() {
    assertThatThrownBy(() -> Options.builder().build().requireDataForGate())
        .isInstanceOfSatisfying(
            UsageException.class, refusal -> assertThat(refusal.hint()).contains("--no-gate"));
    Options.builder().set(GateOptions.GATE, false).build().requireDataForGate();
    Options.builder().set(RepairOptions.VALIDATION, "v.npz").build().requireDataForGate();
    Options.builder().set(PlanningOptions.CALIBRATION, "c.npz").build().requireDataForGate();
  }

  private static void assertRefused(Options.Builder builder) {
    assertThatThrownBy(builder::build).isInstanceOf(UsageException.class);
  }
}
