package dev.partita.cli;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Models that come from standard input and go to standard output. The library maps and moves files,
 * so they pass through a folder of their own, which is gone when this is closed.
 */
final class StandardStreams implements AutoCloseable {

  /** The command line's name for standard input or output. */
  static final String MARK = "-";

  private final Context context;
  private @Nullable Path folder;

  StandardStreams(Context context) {
    this.context = context;
  }

  /** The file to read: the one that was named, or a copy of standard input. */
  Path input(String named) {
    if (!named.equals(MARK)) {
      return InputFile.readable(Path.of(named));
    }
    Path copy = folder().resolve("standard-input.onnx");
    try (InputStream in = context.in()) {
      Files.copy(in, copy);
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot read standard input", failure);
    }
    copy.toFile().deleteOnExit();
    return copy;
  }

  /** The file to write: the one that was named, or one that {@link #deliver} prints. */
  Path output(String named) {
    if (!named.equals(MARK)) {
      return Path.of(named);
    }
    Path copy = folder().resolve("standard-output.onnx");
    copy.toFile().deleteOnExit();
    return copy;
  }

  /** Prints a written file where standard output was named. */
  void deliver(String named, Path written) {
    if (!named.equals(MARK)) {
      return;
    }
    PrintStream out = context.out();
    try {
      Files.copy(written, out);
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot write standard output", failure);
    }
    // What was lost, and why, is said when the command ends.
    out.flush();
  }

  @Override
  public void close() {
    if (folder != null) {
      try {
        // A folder that nobody else can name; links inside it are not followed.
        MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
      } catch (IOException failure) {
        throw new UncheckedIOException("cannot remove " + folder, failure);
      }
    }
  }

  private Path folder() {
    if (folder == null) {
      try {
        folder = Files.createTempDirectory("partita");
        // Runs after those of the files in it, which are registered later.
        folder.toFile().deleteOnExit();
      } catch (IOException failure) {
        throw new UncheckedIOException("cannot make a temporary folder", failure);
      }
    }
    return folder;
  }
}
