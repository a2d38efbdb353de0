package dev.partita.cli;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Standard output that remembers why it could not be written: a {@link PrintStream} only knows that
 * something failed, and a command that lost its result has not succeeded.
 */
final class StandardOutput extends PrintStream {

  private static final int BUFFER_BYTES = 1 << 16;

  private final Recorder recorder;

  /** Standard output that goes to a stream. */
  static StandardOutput to(OutputStream target) {
    return new StandardOutput(new Recorder(target));
  }

  private StandardOutput(Recorder recorder) {
    super(new BufferedOutputStream(recorder, BUFFER_BYTES), false, StandardCharsets.UTF_8);
    this.recorder = recorder;
  }

  /** Passes everything on, and keeps the first failure. */
  private static final class Recorder extends FilterOutputStream {

    private @Nullable IOException failure;

    Recorder(OutputStream target) {
      super(target);
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        out.write(bytes, offset, length);
      } catch (IOException lost) {
        failure = failure == null ? lost : failure;
        throw lost;
      }
    }

    @Override
    public void flush() throws IOException {
      try {
        out.flush();
      } catch (IOException lost) {
        failure = failure == null ? lost : failure;
        throw lost;
      }
    }
  }

  /** Why something could not be written, of what was printed so far; null where all was. */
  @Nullable IOException failure() {
    flush();
    return recorder.failure;
  }
}
