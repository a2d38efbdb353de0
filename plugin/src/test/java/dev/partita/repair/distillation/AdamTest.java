package dev.partita.repair.distillation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AdamTest {

  @Test
  void theFirstStepIsAsLongAsTheRateWhateverTheGradient() {
    float[] values = {1, 1, 1};
    new Adam(3).step(values, new float[] {1e-4f, 100, 0}, 0.01);
    // With the bias corrected, m / sqrt(v) of one gradient is its sign.
    assertThat((double) values[0]).isCloseTo(0.99, within(1e-5));
    assertThat((double) values[1]).isCloseTo(0.99, within(1e-5));
    assertThat(values[2]).isEqualTo(1);
  }

  @Test
  void theSecondStepIsTheOneOfThePaper() {
    float[] values = {0};
    Adam adam = new Adam(1);
    adam.step(values, new float[] {1}, 0.1);
    adam.step(values, new float[] {-2}, 0.1);
    double m = (0.9 * 0.1 * 1 + 0.1 * -2) / (1 - 0.81);
    double v = (0.999 * 0.001 * 1 + 0.001 * 4) / (1 - 0.999 * 0.999);
    assertThat((double) values[0]).isCloseTo(-0.1 - 0.1 * m / Math.sqrt(v), within(1e-5));
  }

  @Test
  void findsTheBottomOfABowl() {
    float[] values = {5, -3};
    Adam adam = new Adam(2);
    for (int i = 0; i < 2000; i++) {
      adam.step(values, new float[] {2 * (values[0] - 1), 20 * (values[1] - 2)}, 0.02);
    }
    assertThat((double) values[0]).isCloseTo(1, within(0.01));
    assertThat((double) values[1]).isCloseTo(2, within(0.01));
  }
}
