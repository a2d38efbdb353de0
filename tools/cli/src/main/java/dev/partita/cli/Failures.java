package dev.partita.cli;

import dev.partita.PartitaException;
import dev.partita.UnsupportedInputException;
import dev.partita.UsageException;
import dev.partita.run.GateFailedException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** What went wrong as one sentence and a hint, and as an exit code. */
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {

  private final PrintStream err;
  private final TerminalStyle style;
  private boolean debug;

  Failures(PrintStream err, TerminalStyle style) {
    this.err = err;
    this.style = style;
  }

  /** From here on a stack trace follows each sentence. */
  void printStackTraces() {
    debug = true;
  }

  @Override
  public int handleParseException(ParameterException failure, String[] args) {
    print(failure, failure.getMessage(), null);
    // Without autoflush what picocli writes would come after what follows, or never.
    PrintWriter writer = new PrintWriter(err, true, StandardCharsets.UTF_8);
    UnmatchedArgumentException.printSuggestions(failure, writer);
    writer.flush();
    hint("See '" + failure.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
    return ExitCode.USAGE;
  }

  @Override
  public int handleExecutionException(
      Exception failure, CommandLine commandLine, ParseResult parsed) {
    if (failure instanceof PartitaException known) {
      print(known, known.getMessage(), known.hint());
      return code(known);
    }
    if (failure instanceof InvalidPathException) {
      print(failure, "Invalid path: " + failure.getMessage(), "Use a different path.");
      return ExitCode.USAGE;
    }
    if (failure instanceof IOException || failure instanceof UncheckedIOException) {
      print(failure, sentence(failure), "Check the disk, the path and its permissions.");
      return ExitCode.INTERNAL_ERROR;
    }
    print(failure, "Internal error: " + failure, "Run again with --debug and report the output.");
    return ExitCode.INTERNAL_ERROR;
  }

  int outOfMemory(OutOfMemoryError error) {
    print(error, "Out of memory.", "Set PARTITA_JAVA_OPTS=-Xmx8g or larger.");
    return ExitCode.INTERNAL_ERROR;
  }

  /**
   * The exit code of a command whose result could not be printed. A reader that has gone, such as
   * {@code head}, has seen enough, and hears nothing.
   *
   * @param code the exit code so far
   */
  int lostOutput(IOException failure, int code) {
    String reason = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    if (reason.toLowerCase(Locale.ROOT).contains("broken pipe")) {
      return code == ExitCode.DONE ? ExitCode.READER_GONE : code;
    }
    print(
        failure,
        "Standard output could not be written: " + reason + ".",
        "Free some space, or name a file in its place.");
    return code == ExitCode.DONE || code == ExitCode.UNCHANGED ? ExitCode.INTERNAL_ERROR : code;
  }

  private static int code(PartitaException failure) {
    if (failure instanceof UsageException) {
      return ExitCode.USAGE;
    }
    if (failure instanceof UnsupportedInputException) {
      return ExitCode.UNSUPPORTED_INPUT;
    }
    return failure instanceof GateFailedException ? ExitCode.GATE_FAILED : ExitCode.INTERNAL_ERROR;
  }

  // The inner exception of a file operation often says no more than a path.
  private static String sentence(Exception failure) {
    Throwable cause = failure.getCause();
    String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    return cause == null
        ? failure.getClass().getSimpleName() + ": " + message
        : message + " (" + cause.getClass().getSimpleName() + ": " + cause.getMessage() + ")";
  }

  private void print(Throwable failure, String message, @Nullable String hint) {
    err.println(style.error("partita:") + " " + message);
    if (hint != null) {
      hint(hint);
    }
    if (debug) {
      failure.printStackTrace(err);
    }
    err.flush();
  }

  private void hint(String hint) {
    err.println("  " + hint);
    err.flush();
  }
}
