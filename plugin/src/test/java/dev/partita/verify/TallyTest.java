package dev.partita.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/**
 * Figures of decisions whose rows differ in length, as those of texts and of partial batches do.
 */
class TallyTest {

  private static void add(Tally tally, int decisions, int same, int right) {
    for (int i = 0; i < decisions; i++) {
      tally.add(1, i < same ? 1 : 0, true);
      tally.label(1, 1, i < right ? 1 : 0, true);
    }
    tally.endRow();
  }

  @Test
  void everyDecisionCountsTheSame() {
    Tally tally = new Tally();
    add(tally, 64, 64, 48);
    add(tally, 36, 0, 18);
    assertThat(tally.agreement()).isEqualTo(0.64);
    assertThat(tally.accuracyBefore()).isEqualTo(1);
    assertThat(tally.accuracyAfter()).isEqualTo(0.66);
  }

  /** The standard error of a ratio of two sums, by hand for two rows. */
  @Test
  void errorsAreThoseOfRows() {
    Tally tally = new Tally();
    add(tally, 3, 3, 3);
    add(tally, 1, 0, 0);
    // Residuals 3 - 0.75 * 3 and 0 - 0.75; their standard error 0.75 over 2 decisions a row.
    assertThat(tally.agreementError()).isCloseTo(0.375, within(1e-12));
    assertThat(tally.dropError()).isCloseTo(0.375, within(1e-12));
  }

  @Test
  void nothingDecidedIsEmpty() {
    Tally tally = new Tally();
    tally.endRow();
    assertThat(tally.isEmpty()).isTrue();
    assertThat(tally.isLabelled()).isFalse();
  }
}
