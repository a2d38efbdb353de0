package dev.partita.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StandardOutputTest {

  /** Takes some bytes, then fails as a full disk or a closed pipe does. */
  private static final class Failing extends OutputStream {

    private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
    private final int room;
    private final String reason;

    Failing(int room, String reason) {
      this.room = room;
      this.reason = reason;
    }

    @Override
    public void write(int b) throws IOException {
      if (taken.size() == room) {
        throw new IOException(reason);
      }
      taken.write(b);
    }
  }

  private record Result(int code, String err) {}

  private static Result run(OutputStream target, String... args) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            new CannedEngine(),
            args,
            new ByteArrayInputStream(new byte[0]),
            StandardOutput.to(target),
            new PrintStream(err, true, UTF_8),
            false);
    return new Result(code, err.toString(UTF_8));
  }

  @Test
  void whatFitsIsWritten() {
    ByteArrayOutputStream target = new ByteArrayOutputStream();
    assertThat(run(target, "targets").code()).isEqualTo(ExitCode.DONE);
    assertThat(target.toString(UTF_8)).contains("tetris");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10})
  void aResultThatWasLostIsAFailure(int room) {
    Result result = run(new Failing(room, "No space left on device"), "targets");
    assertThat(result.code()).isEqualTo(ExitCode.INTERNAL_ERROR);
    assertThat(result.err())
        .isEqualTo(
            """
            partita: Standard output could not be written: No space left on device.
              Free some space, or name a file in its place.
            """);
  }

  @Test
  void aReaderThatHasSeenEnoughIsNone() {
    Result result = run(new Failing(3, "Broken pipe"), "targets");
    assertThat(result.code()).isEqualTo(ExitCode.READER_GONE);
    assertThat(result.err()).isEmpty();
  }

  @Test
  void anotherFailureKeepsItsCode() {
    Result result = run(new Failing(0, "No space left on device"), "inspect", "none.onnx");
    assertThat(result.code()).isEqualTo(ExitCode.UNSUPPORTED_INPUT);
    assertThat(Arrays.stream(result.err().split("\n")).filter(line -> line.startsWith("partita:")))
        .hasSize(1);
  }
}
