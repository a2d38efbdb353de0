package dev.partita.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.partita.fixtures.GraphBuilder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * Causes messages as a user does, with the library behind the command line, and holds each to its
 * form: one line that says what is wrong, and one that says what to do.
 */
abstract class MessagesTest {

  @TempDir Path folder;
  Path model = Path.of("");

  @BeforeEach
  void writeModel() {
    model = model().write(file("small.onnx"));
  }

  /** Two layers that are cut for four accelerators: 96-128-64. */
  static GraphBuilder model() {
    return GraphBuilder.opset(17)
        .input("x", "N", 96)
        .random("w1", 1, 96, 128)
        .node("first", "MatMul", "x, w1", "h")
        .node("act", "Relu", "h", "r")
        .random("w2", 2, 128, 64)
        .node("second", "MatMul", "r, w2", "t")
        .node("tanh", "Tanh", "t", "y")
        .output("y", "N", 64);
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  /**
   * Runs a command that has to fail with a message.
   *
   * @param command words with blanks between them, '' for an empty one; MODEL stands for the model,
   *     FOLDER for its folder
   * @param code the exit code
   * @param sentence a part of the message
   */
  void assertSays(String command, int code, String sentence) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    String placed = command.replace("MODEL", model.toString()).replace("FOLDER", folder.toString());
    int actual =
        Main.run(
            new LibraryEngine(),
            Arrays.stream(placed.trim().split(" +"))
                .map(word -> word.equals("''") ? "" : word)
                .toArray(String[]::new),
            new ByteArrayInputStream(new byte[0]),
            new PrintStream(new ByteArrayOutputStream(), true, UTF_8),
            new PrintStream(err, true, UTF_8),
            false);
    String said = err.toString(UTF_8);
    List<String> lines = said.lines().toList();
    assertThat(lines).as(command).hasSize(2);
    assertThat(lines.get(0)).startsWith("partita: ").contains(sentence);
    assertThat(lines.get(1)).matches("  \\S.*[.?]");
    assertThat(actual).as(said).isEqualTo(code);
  }
}
