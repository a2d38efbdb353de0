package dev.partita.cli;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.partita.spi.ProgressListener;
import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Progress for a program that watches: one JSON object a line, each with {@code event}, which is
 * {@code started}, {@code progress} (with {@code done}, 0 to 1) or {@code finished}, and {@code
 * stage}; or {@code warning} with {@code message}. Lines on the same stream that do not begin with
 * a brace are for people.
 */
final class JsonProgress implements ProgressListener {

  private static final String PROPERTY = "partita.progress";
  private static final long PAUSE_NANOS = 100_000_000;

  private final PrintStream err;
  private final LongSupplier nanoTime;
  private long shown;

  JsonProgress(PrintStream err, LongSupplier nanoTime) {
    this.err = err;
    this.nanoTime = nanoTime;
  }

  /** Whether the process that started this one asked for it. */
  static boolean isWanted() {
    return "json".equals(System.getProperty(PROPERTY));
  }

  @Override
  public void stageStarted(String stage) {
    shown = nanoTime.getAsLong();
    print("started", "stage", stage, "");
  }

  @Override
  public void progress(String stage, double done) {
    long now = nanoTime.getAsLong();
    if (now - shown >= PAUSE_NANOS) {
      shown = now;
      print("progress", "stage", stage, String.format(Locale.ROOT, ",\"done\":%.4f", done));
    }
  }

  @Override
  public void stageFinished(String stage) {
    print("finished", "stage", stage, "");
  }

  @Override
  public void warning(String message) {
    print("warning", "message", message, "");
  }

  private void print(String event, String key, String text, String more) {
    String quoted = new String(JsonStringEncoder.getInstance().quoteAsString(text));
    err.print("{\"event\":\"" + event + "\",\"" + key + "\":\"" + quoted + "\"" + more + "}\n");
    err.flush();
  }
}
