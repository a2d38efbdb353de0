package dev.partita.cli;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
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

  /**
   * The exit code of a command that ended with another one, once all is written.
   *
   * @param err where the reason goes, unless a reader such as {@code head} has seen enough
   */
  int code(int code, PrintStream err) {
    flush();
    IOException failure = recorder.failure;
    if (failure == null) {
      return code;
    }
    String reason = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    if (reason.toLowerCase(Locale.ROOT).contains("broken pipe")) {
      return code == ExitCode.DONE ? ExitCode.READER_GONE : code;
    }
    err.println("partita: Standard output could not be written: " + reason + ".");
    err.println("  Free some space, or name a file in its place.");
    err.flush();
    return code == ExitCode.DONE || code == ExitCode.UNCHANGED ? ExitCode.INTERNAL_ERROR : code;
  }
}
