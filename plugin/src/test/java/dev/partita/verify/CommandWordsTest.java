package dev.partita.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.partita.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandWordsTest {

  @Test
  void splitsAsAShellDoes() {
    assertThat(CommandWords.split("python3  f1.py\t--beta 2\n"))
        .containsExactly("python3", "f1.py", "--beta", "2");
    assertThat(CommandWords.split("'my tools/f 1' \"a b\" c\\ d e'f'\"g\""))
        .containsExactly("my tools/f 1", "a b", "c d", "efg");
    assertThat(CommandWords.split("a '' \"\" b")).containsExactly("a", "", "", "b");
    assertThat(CommandWords.split("a \"\\\"\\\\\\n\" 'b\\'"))
        .containsExactly("a", "\"\\\\n", "b\\");
  }

  @Test
  void whatAShellWouldDoBeyondThatIsPlainText() {
    assertThat(CommandWords.split("a $HOME `id` $(id) *.py ~ | b > c ; d & e # f"))
        .containsExactly(
            "a", "$HOME", "`id`", "$(id)", "*.py", "~", "|", "b", ">", "c", ";", "d", "&", "e", "#",
            "f");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '%',
      value = {"a 'b|a quote stays open", "a \"b|a quote stays open", "a\\|ends with a backslash"})
  void refusesWhatIsNotWhole(String text, String why) {
    assertThatThrownBy(() -> CommandWords.split(text))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  ", "'' a"})
  void refusesWhatNamesNoProgram(String text) {
    assertThatThrownBy(() -> CommandWords.split(text))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("it names no program");
  }
}
