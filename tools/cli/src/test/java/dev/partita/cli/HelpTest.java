package dev.partita.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HelpTest extends CommandLineTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "optimize",
        "search",
        "masks",
        "annotate",
        "inspect",
        "estimate",
        "verify",
        "bench",
        "shard",
        "run",
        "targets",
        "passes",
        "demo",
        "completion"
      })
  void everyCommandExplainsItself(String command) {
    for (String option : new String[] {"-h", "--help"}) {
      Result result = run(command, option);
      assertThat(result.code()).isEqualTo(ExitCode.DONE);
      assertThat(result.out()).startsWith("Usage: partita " + command).contains("--debug");
      assertThat(result.err()).isEmpty();
      assertThat(result.out()).containsPattern("Examples:\\R  .*partita " + command);
    }
  }

  @Test
  void theCommandItselfListsTheOthersAndTheExitCodes() {
    assertThat(run("--help").out())
        .contains("optimize", "search", "masks", "inspect", "estimate", "verify", "targets", "demo")
        .contains("bench", "shard", "run", "annotate", "passes")
        .contains("130");
  }

  @Test
  void namesItsVersion() {
    assertThat(run("--version").out()).matches("partita \\d+\\.\\d+\\.\\d+\\S*\\R");
  }

  @Test
  void helpStaysWithinAHundredColumns() {
    assertThat(run("optimize", "--help").out().lines())
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
  }
}
