package dev.partita.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.UsageException;
import dev.partita.spi.ParameterType.Entries;
import dev.partita.spi.ParameterType.Flag;
import dev.partita.spi.ParameterType.Text;
import dev.partita.spi.ParameterType.Texts;
import dev.partita.spi.ParameterType.WholeNumber;
import org.junit.jupiter.api.Test;

class ArgumentsTest {

  private static final Parameter<Long> SIZE =
      Parameter.of("size", new WholeNumber("N", 1, 8), 4L, "How large it is.");
  private static final Parameter<ImmutableList<String>> NAMES =
      Parameter.optional("names", new Texts("NAME"), "What it is called.");
  private static final Parameter<ImmutableMap<String, String>> KEYS =
      Parameter.derived(
          "keys", new Entries<>("KEY", new Text("VALUE")), "those of the file", "What it has.");
  private static final Arguments NONE = Arguments.of(ImmutableList.of(SIZE, NAMES, KEYS));

  @Test
  void aDefaultHoldsWhereNothingIsSaid() {
    assertThat(NONE.given()).isEmpty();
    assertThat(NONE.get(SIZE)).isEqualTo(4);
    assertThat(NONE.get(NAMES)).isNull();
    assertThat(NONE.with("size", "8").get(SIZE)).isEqualTo(8);
    assertThat(NONE.with(SIZE, 2L).with(SIZE, 3L).get(SIZE)).isEqualTo(3);
  }

  @Test
  void whatMayBeRepeatedAddsUp() {
    Arguments arguments =
        NONE.with("names", "a").with("names", "b").with("keys", "x=1").with("keys", "x=2");
    assertThat(arguments.get(NAMES)).containsExactly("a", "b");
    assertThat(arguments.get(KEYS)).containsExactly(java.util.Map.entry("x", "2"));
    assertThat(NONE.get(NAMES)).isNull();
  }

  @Test
  void refusesWhatThePassDoesNotKnow() {
    assertThatThrownBy(() -> NONE.with("sizes", "8"))
        .isInstanceOfSatisfying(
            UsageException.class,
            failure -> {
              assertThat(failure).hasMessageContaining("'sizes'");
              assertThat(failure.hint()).contains("size, names, keys");
            });
  }

  @Test
  void refusesValuesByTheNameOfTheirParameter() {
    assertThatThrownBy(() -> NONE.with("size", "much"))
        .isInstanceOf(UsageException.class)
        .hasMessage("The value of size must be a whole number, but is 'much'.");
    assertThatThrownBy(() -> NONE.with(SIZE, 9L))
        .isInstanceOf(UsageException.class)
        .hasMessage("The value of size must be at most 8, but is 9.");
  }

  @Test
  void aSentenceSaysWhatHoldsByDefault() {
    assertThat(SIZE.sentence()).isEqualTo("How large it is (default: 4).");
    assertThat(NAMES.sentence()).isEqualTo("What it is called; repeatable.");
    assertThat(KEYS.sentence()).isEqualTo("What it has (default: those of the file); repeatable.");
  }

  @Test
  void aDescriptionThatIsNoneIsRefused() {
    assertThatThrownBy(() -> Parameter.optional("Size", new Flag(), "A sentence."))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Parameter.optional("size", new Flag(), "no sentence"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Parameter.of("size", new WholeNumber("N", 1, 8), 9L, "A sentence."))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at most 8");
  }
}
