package dev.partita.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FiguresTest {

  @Test
  void keepsFourDigitsOfAQuantityAndAllOfALargeOne() {
    assertThat(Figures.quantity(1_311_360.4)).isEqualTo("1,311,360");
    assertThat(Figures.quantity(1234.5)).isEqualTo("1,235");
    assertThat(Figures.quantity(123.456)).isEqualTo("123.5");
    assertThat(Figures.quantity(1.0)).isEqualTo("1.000");
    assertThat(Figures.quantity(0.01)).isEqualTo("0.01000");
    assertThat(Figures.quantity(0.0)).isEqualTo("0");
    assertThat(Figures.quantity(null)).isEqualTo(Figures.ABSENT);
    assertThat(Figures.quantity(Double.NaN)).isEqualTo(Figures.ABSENT);
  }

  @Test
  void roundsRatiosToThreeDigits() {
    assertThat(Figures.times(15.87)).isEqualTo("15.9x");
    assertThat(Figures.times(1)).isEqualTo("1.00x");
    assertThat(Figures.times(1021.7)).isEqualTo("1,022x");
    assertThat(Figures.times(0.5)).isEqualTo("0.500x");
    assertThat(Figures.times(Double.POSITIVE_INFINITY)).isEqualTo(Figures.ABSENT);
  }

  @Test
  void signsChanges() {
    assertThat(Figures.change(1000, 250)).isEqualTo("-75.0 %");
    assertThat(Figures.change(1000, 1000)).isEmpty();
    assertThat(Figures.difference(3, 12)).isEqualTo("+9");
  }

  @Test
  void shortensNamesInTheMiddle() {
    assertThat(TextLines.shorten("/encoder/layer.11/output/dense/MatMul", 20))
        .hasSize(20)
        .startsWith("/enco")
        .endsWith("dense/MatMul");
    assertThat(TextLines.wrap("one two three", 7)).containsExactly("one two", "three");
  }
}
