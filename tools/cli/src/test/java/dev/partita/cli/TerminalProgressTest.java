package dev.partita.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TerminalProgressTest {

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final AtomicLong clock = new AtomicLong();
  private final TerminalProgress progress =
      new TerminalProgress(new PrintStream(written, true, UTF_8), clock::get);

  @Test
  void showsRateAndRemainingTime() {
    progress.stageStarted("repair");
    clock.set(2_000_000_000L);
    progress.progress("repair", 0.25);
    assertThat(written.toString(UTF_8)).endsWith("repair   25 %  12.5 %/s  6 s left");
  }

  @Test
  void redrawsTenTimesASecondAtMost() {
    progress.stageStarted("repair");
    int before = written.size();
    clock.set(50_000_000L);
    progress.progress("repair", 0.01);
    assertThat(written.size()).isEqualTo(before);
  }

  @Test
  void leavesAnEmptyLineBehind() {
    progress.stageStarted("repair");
    progress.stageFinished("repair");
    assertThat(written.toString(UTF_8)).isEqualTo("\rrepair\r      \r");
  }
}
