package dev.partita.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.spi.ParameterType.Choice;
import dev.partita.spi.ParameterType.Data;
import dev.partita.spi.ParameterType.Entries;
import dev.partita.spi.ParameterType.Flag;
import dev.partita.spi.ParameterType.RealNumber;
import dev.partita.spi.ParameterType.Text;
import dev.partita.spi.ParameterType.Texts;
import dev.partita.spi.ParameterType.TimeSpan;
import dev.partita.spi.ParameterType.WholeNumber;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParameterTypeTest {

  private enum Size {
    SMALL,
    VERY_LARGE
  }

  private static final WholeNumber COUNT = new WholeNumber("N", 1, 8);

  @Test
  void readsWhatItWrites() {
    assertRoundTrip(new Flag(), true);
    assertRoundTrip(COUNT, 8L);
    assertRoundTrip(new RealNumber(1), 0.25);
    assertRoundTrip(new Choice<>(Size.class), Size.VERY_LARGE);
    assertRoundTrip(new Text("NAME"), "a b");
    assertRoundTrip(new Data(), "random:8");
    for (String time : new String[] {"90s", "30m", "2h", "0s"}) {
      assertThat(new TimeSpan().text(new TimeSpan().parse(time))).isEqualTo(time);
    }
    assertRoundTrip(new TimeSpan(), Duration.ofMinutes(90));
    assertRoundTrip(new Texts("GLOB"), ImmutableList.of("/a/*"));
    assertRoundTrip(new Entries<>("NAME", COUNT), ImmutableMap.of("batch", 2L));
  }

  private static <T> void assertRoundTrip(ParameterType<T> type, T value) {
    assertThat(type.parse(type.text(value))).isEqualTo(value);
    assertThat(type.refusal(value)).isEmpty();
  }

  @Test
  void labelsItsValues() {
    assertThat(new Choice<>(Size.class).label()).isEqualTo("small|very-large");
    assertThat(new Entries<>("NAME", COUNT).label()).isEqualTo("NAME=N");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "one", "1.5", "0", "9", "-1", "99999999999999999999"})
  void refusesWholeNumbersOutOfRange(String text) {
    assertRefused(COUNT, text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "-0.1", "1.1", "NaN", "Infinity"})
  void refusesRealNumbersOutOfRange(String text) {
    assertRefused(new RealNumber(1), text);
  }

  @Test
  void aRealNumberWithoutABoundIsFiniteAllTheSame() {
    RealNumber any = new RealNumber(Double.POSITIVE_INFINITY);
    assertThat(any.parse("1e300")).isEqualTo(1e300);
    assertRefused(any, "Infinity");
    assertRefused(any, "-1");
  }

  @Test
  void refusesOtherTextsThatAreNoValues() {
    assertRefused(new Flag(), "yes");
    assertRefused(new Choice<>(Size.class), "SMALL");
    assertRefused(new TimeSpan(), "30");
    assertRefused(new TimeSpan(), "soon");
    assertRefused(new Entries<>("NAME", COUNT), "batch");
    assertRefused(new Entries<>("NAME", COUNT), "=1");
    assertRefused(new Entries<>("NAME", COUNT), "batch=0");
  }

  @Test
  void refusesValuesThatNoTextGives() {
    assertThat(new TimeSpan().refusal(Duration.ZERO)).isPresent();
    assertThat(new Entries<>("NAME", COUNT).refusal(ImmutableMap.of("a", 1L, "b", 9L)))
        .hasValueSatisfying(reason -> assertThat(reason).contains("'b'"));
  }

  private static void assertRefused(ParameterType<?> type, String text) {
    assertThatThrownBy(() -> type.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must");
  }
}
