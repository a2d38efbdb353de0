package dev.partita.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ServiceLoader;
import picocli.CommandLine;

/** Where the process begins and ends. */
public final class Main {

  private Main() {}

  /** Runs one command and exits with its code; an interrupt exits with 130 by itself. */
  public static void main(String[] args) {
    StandardOutput out = StandardOutput.to(new FileOutputStream(FileDescriptor.out));
    PrintStream err =
        new PrintStream(
            new BufferedOutputStream(new FileOutputStream(FileDescriptor.err)),
            /* autoFlush= */ true,
            StandardCharsets.UTF_8);
    Engine engine = ServiceLoader.load(Engine.class).findFirst().orElseThrow();
    int code = run(engine, args, System.in, out, err, isTerminal());
    err.flush();
    if (code == ExitCode.DONE) {
      ClassArchive.makeIfAsked();
    }
    System.exit(code);
  }

  /**
   * Runs one command.
   *
   * @param engine the library
   * @param args the command line
   * @param in standard input
   * @param out results
   * @param err errors, hints and progress
   * @param terminal whether a person watches {@code err}
   * @return the exit code
   */
  public static int run(
      Engine engine,
      String[] args,
      InputStream in,
      PrintStream out,
      PrintStream err,
      boolean terminal) {
    Context context = new Context(engine, in, out, err, terminal);
    Failures failures = new Failures(err, TerminalStyle.of(terminal, System.getenv()));
    CommandLine commands =
        PartitaCommand.create(context, failures, args)
            .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
            .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
            .setParameterExceptionHandler(failures)
            .setExecutionExceptionHandler(failures);
    int code;
    try {
      code = commands.execute(args);
    } catch (OutOfMemoryError error) {
      code = failures.outOfMemory(error);
    }
    out.flush();
    IOException lost = out instanceof StandardOutput standard ? standard.failure() : null;
    return lost == null ? code : failures.lostOutput(lost, code);
  }

  // Java cannot tell whether standard error is a terminal; the launcher script can, and says so.
  private static boolean isTerminal() {
    return Boolean.getBoolean("partita.terminal");
  }
}
