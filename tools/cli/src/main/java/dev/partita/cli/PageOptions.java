package dev.partita.cli;

import dev.partita.UsageException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The report as a page. */
final class PageOptions {

  @Option(
      names = "--report",
      paramLabel = "FILE.html",
      description = "Write the report as one self-contained HTML page with charts.")
  private @Nullable String report;

  boolean asked() {
    return report != null;
  }

  /** Refuses a file that cannot be written, before any work is done. */
  void check(List<Path> inputs, boolean overwrite) {
    if (report != null) {
      if (report.equals(StandardStreams.MARK)) {
        throw new UsageException(
            "The page of --report cannot go to standard output.",
            "Name a file: --report report.html.");
      }
      OutputFile.checkText(Path.of(report), inputs, overwrite);
    }
  }

  /** Writes the page where that was asked for. */
  void deliver(String page) {
    if (report != null) {
      OutputFile.write(Path.of(report), page);
    }
  }

  /**
   * Refuses to write two things to one file.
   *
   * @param others files that the run writes in addition to the page; null for one that it does not
   */
  void refuseSameAs(@Nullable String... others) {
    for (String other : others) {
      if (report != null && other != null && absolute(report).equals(absolute(other))) {
        throw new UsageException(
            "The page and another result would go to the same file.",
            "Choose a different file for one of them.");
      }
    }
  }

  private static Path absolute(String file) {
    return Path.of(file).toAbsolutePath().normalize();
  }
}
