package dev.partita.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class JsonProgressTest {

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final AtomicLong clock = new AtomicLong();
  private final JsonProgress progress =
      new JsonProgress(new PrintStream(written, true, UTF_8), clock::get);

  @Test
  void printsOneObjectALine() {
    progress.stageStarted("repair");
    clock.set(200_000_000L);
    progress.progress("repair", 0.25);
    progress.stageFinished("repair");
    assertThat(written.toString(UTF_8))
        .isEqualTo(
            """
            {"event":"started","stage":"repair"}
            {"event":"progress","stage":"repair","done":0.2500}
            {"event":"finished","stage":"repair"}
            """);
  }

  @Test
  void tellsProgressTenTimesASecondAtMost() {
    progress.stageStarted("repair");
    int before = written.size();
    clock.set(50_000_000L);
    progress.progress("repair", 0.01);
    assertThat(written.size()).isEqualTo(before);
  }

  @Test
  void quotesWhatJsonCannotHold() {
    progress.warning("\"a\\b\"\n");
    assertThat(written.toString(UTF_8))
        .isEqualTo("{\"event\":\"warning\",\"message\":\"\\\"a\\\\b\\\"\\n\"}\n");
  }
}
