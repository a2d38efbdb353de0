package dev.partita.cli;

import com.google.common.base.Strings;
import dev.partita.spi.ProgressListener;
import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * One line on a terminal that is written over again and again: stage, share done, rate and
 * remaining time. The line is gone when the stage is.
 */
final class TerminalProgress implements ProgressListener {

  private static final long PAUSE_NANOS = 100_000_000;
  private static final double NANOS_PER_SECOND = 1e9;

  private final PrintStream err;
  private final LongSupplier nanoTime;
  private long started;
  private long shown;
  private int width;

  TerminalProgress(PrintStream err, LongSupplier nanoTime) {
    this.err = err;
    this.nanoTime = nanoTime;
  }

  @Override
  public void stageStarted(String stage) {
    started = nanoTime.getAsLong();
    shown = started;
    show(stage);
  }

  @Override
  public void progress(String stage, double done) {
    long now = nanoTime.getAsLong();
    double seconds = (now - started) / NANOS_PER_SECOND;
    if (now - shown < PAUSE_NANOS || seconds <= 0 || done <= 0) {
      return;
    }
    shown = now;
    show(
        String.format(
            Locale.ROOT,
            "%s  %3.0f %%  %.1f %%/s  %.0f s left",
            stage,
            100 * done,
            100 * done / seconds,
            seconds * (1 - done) / done));
  }

  @Override
  public void stageFinished(String stage) {
    show("");
    err.print('\r');
    err.flush();
  }

  @Override
  public void note(String message) {
    show("");
    err.print('\r' + message + '\n');
    err.flush();
  }

  private void show(String text) {
    err.print('\r' + Strings.padEnd(text, width, ' '));
    err.flush();
    width = text.length();
  }
}
