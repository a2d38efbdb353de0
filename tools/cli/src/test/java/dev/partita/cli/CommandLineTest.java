package dev.partita.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Runs commands in this process, with a folder that holds a model. */
abstract class CommandLineTest {

  /** What a command left behind. */
  record Result(int code, String out, String err) {}

  @TempDir Path folder;
  CannedEngine engine = new CannedEngine();
  Path model = Path.of("");

  @BeforeEach
  void writeModel() throws IOException {
    model = Files.writeString(folder.resolve("in.onnx"), "a model");
  }

  Result run(Object... args) {
    return runOn(false, "", args);
  }

  Result runOn(boolean terminal, String in, Object... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    String[] words = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      words[i] = args[i].toString();
    }
    int code =
        Main.run(
            engine,
            words,
            new ByteArrayInputStream(in.getBytes(UTF_8)),
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8),
            terminal);
    return new Result(code, out.toString(UTF_8), err.toString(UTF_8));
  }

  Path file(String name) {
    return folder.resolve(name);
  }
}
