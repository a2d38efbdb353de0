package dev.partita.cli;

import dev.partita.UsageException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where results go in addition to the table on standard output. */
final class ResultOptions {

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write the report as JSON; - prints it instead of the table.")
  private @Nullable String json;

  @Option(names = "--overwrite", description = "Replace existing files.")
  private boolean overwrite;

  /** The file that the JSON goes to; null where none was named. */
  @Nullable String jsonFile() {
    return jsonOnStandardOutput() ? null : json;
  }

  boolean overwrite() {
    return overwrite;
  }

  boolean jsonOnStandardOutput() {
    return StandardStreams.MARK.equals(json);
  }

  /** Refuses a file that cannot be written, before any work is done. */
  void check(List<Path> inputs) {
    if (json != null && !jsonOnStandardOutput()) {
      OutputFile.checkText(Path.of(json), inputs, overwrite);
    }
  }

  /** Prints the table, or the JSON in its place, and writes the JSON where that was asked for. */
  void deliver(PrintStream tables, Supplier<String> table, Supplier<String> report) {
    tables.print(jsonOnStandardOutput() ? report.get() : table.get());
    if (json != null && !jsonOnStandardOutput()) {
      OutputFile.write(Path.of(json), report.get());
    }
  }

  /** Refuses a report that would take the place of the model just written. */
  void refuseSameAs(@Nullable String output) {
    boolean files = json != null && output != null && !jsonOnStandardOutput();
    if (files && absolute(json).equals(absolute(output))) {
      throw new UsageException(
          "The model and the report would go to the same file.",
          "Choose a different file for one of them.");
    }
  }

  private static Path absolute(String file) {
    return Path.of(file).toAbsolutePath().normalize();
  }
}
