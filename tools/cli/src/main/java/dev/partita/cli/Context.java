package dev.partita.cli;

import dev.partita.spi.ProgressListener;
import java.io.InputStream;
import java.io.PrintStream;

/**
 * What the commands talk to.
 *
 * @param engine the library
 * @param in standard input
 * @param out results
 * @param err errors, hints and progress
 * @param terminal whether a person watches {@code err}
 */
record Context(Engine engine, InputStream in, PrintStream out, PrintStream err, boolean terminal) {

  /** Progress where a person or a program watches and has not asked for silence. */
  ProgressListener progress(boolean quiet) {
    if (JsonProgress.isWanted() && !quiet) {
      return new JsonProgress(err, System::nanoTime);
    }
    return terminal && !quiet ? new TerminalProgress(err, System::nanoTime) : ProgressListener.NONE;
  }
}
