package dev.partita.cli;

import dev.partita.fixtures.Fixtures;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Loads the classes that {@link ClassArchive} keeps, by running what commands run. */
final class ClassArchiveTraining {

  private ClassArchiveTraining() {}

  /** Exits with 0 when every command has. */
  public static void main(String[] args) throws IOException {
    Path folder = Files.createTempDirectory("partita-training");
    String model = Fixtures.fashionMlp(folder).toString();
    String[][] commands = {
      {"--help"},
      {"inspect", model, "--json", "-"},
      {"inspect", model},
      {"estimate", "--shape", "64-64-64", "--json", "-"},
    };
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    int code = ExitCode.DONE;
    for (String[] command : commands) {
      code |=
          Main.run(
              new LibraryEngine(), command, InputStream.nullInputStream(), nowhere, nowhere, false);
    }
    System.exit(code);
  }
}
