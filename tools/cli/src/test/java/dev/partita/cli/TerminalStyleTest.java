package dev.partita.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class TerminalStyleTest extends CommandLineTest {

  @Test
  void colorsOnATerminalOnly() {
    assertThat(TerminalStyle.of(true, Map.of("TERM", "xterm")).colored()).isTrue();
    assertThat(TerminalStyle.of(false, Map.of("TERM", "xterm")).colored()).isFalse();
    assertThat(TerminalStyle.of(true, Map.of("TERM", "dumb")).colored()).isFalse();
  }

  @Test
  void heedsNoColorUnlessItIsEmpty() {
    assertThat(TerminalStyle.of(true, Map.of("NO_COLOR", "1")).colored()).isFalse();
    assertThat(TerminalStyle.of(true, Map.of("NO_COLOR", "")).colored()).isTrue();
  }

  @Test
  void anErrorIsPlainTextWhereNobodyWatches() {
    assertThat(run("optimize").err()).doesNotContain("\033");
    assertThat(run("optimize", "--help").out()).doesNotContain("\033");
    assertThat(new TerminalStyle(true).error("partita:")).isEqualTo("\033[1;31mpartita:\033[0m");
  }
}
