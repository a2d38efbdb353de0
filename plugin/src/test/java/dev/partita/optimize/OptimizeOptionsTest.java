package dev.partita.optimize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.partita.UsageException;
import dev.partita.optimize.OptimizeOptions.Repair;
import dev.partita.optimize.OptimizeOptions.Strategy;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptimizeOptionsTest {

  @Test
  void repairsByDefaultWhereThereIsCalibrationDataOnly() {
    assertThat(OptimizeOptions.builder().build().effectiveRepair()).isEqualTo(Repair.NONE);
    assertThat(OptimizeOptions.builder().calibration("c.npz").build().effectiveRepair())
        .isEqualTo(Repair.LEAST_SQUARES);
    assertThat(
            OptimizeOptions.builder()
                .calibration("c.npz")
                .repair(Repair.NONE)
                .build()
                .effectiveRepair())
        .isEqualTo(Repair.NONE);
  }

  @Test
  void repairsNothingWhereNothingIsLost() {
    assertThat(
            OptimizeOptions.builder()
                .calibration("c.npz")
                .strategy(Strategy.LOSSLESS)
                .build()
                .effectiveRepair())
        .isEqualTo(Repair.NONE);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
  void refusesFewerThanOneAccelerator(int accelerators) {
    assertRefused(OptimizeOptions.builder().accelerators(accelerators));
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.01, 1.01, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesLimitsThatNoResultCouldMeet(double limit) {
    assertRefused(OptimizeOptions.builder().maxAccuracyDrop(limit));
    assertRefused(OptimizeOptions.builder().minAgreement(limit));
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.01, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesRelativeErrorsThatAreNone(double limit) {
    assertRefused(OptimizeOptions.builder().maxRelativeError(limit));
  }

  @Test
  void refusesOtherValuesOutOfRange() {
    assertRefused(OptimizeOptions.builder().minBlock(0));
    assertRefused(OptimizeOptions.builder().threads(0));
    assertRefused(OptimizeOptions.builder().dims(Map.of("batch", 0L)));
  }

  @Test
  void refusesOptionsThatContradictEachOther() {
    assertRefused(OptimizeOptions.builder().gate(false).minAgreement(0.9));
    assertRefused(OptimizeOptions.builder().gate(false).gateOutput("logits"));
    assertRefused(OptimizeOptions.builder().repair(Repair.LEAST_SQUARES));
    assertRefused(
        OptimizeOptions.builder()
            .calibration("c.npz")
            .repair(Repair.LEAST_SQUARES)
            .strategy(Strategy.LOSSLESS));
  }

  @Test
  void asksForDataOnlyWhereTheGateNeedsIt() {
    assertThatThrownBy(() -> OptimizeOptions.builder().build().requireDataForGate())
        .isInstanceOfSatisfying(
            UsageException.class, refusal -> assertThat(refusal.hint()).contains("--no-gate"));
    OptimizeOptions.builder().gate(false).build().requireDataForGate();
    OptimizeOptions.builder().validation("v.npz").build().requireDataForGate();
    OptimizeOptions.builder().calibration("c.npz").build().requireDataForGate();
  }

  private static void assertRefused(OptimizeOptionsBuilder builder) {
    assertThatThrownBy(builder::build).isInstanceOf(UsageException.class);
  }
}
