package dev.partita.testing;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs a class of the tests as a program of its own. */
public final class ChildJvm {

  private ChildJvm() {}

  /**
   * Starts one, whose output goes to a file.
   *
   * @param heap such as {@code 256m}
   * @param temporary its folder for temporary files
   */
  public static Process start(
      String heap, Path temporary, Path log, Class<?> program, String... arguments)
      throws IOException {
    return builder(heap, temporary, log, program, arguments).start();
  }

  /** The same before it is started, for those who change its environment. */
  public static ProcessBuilder builder(
      String heap, Path temporary, Path log, Class<?> program, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(Redirect.to(log.toFile()));
  }
}
