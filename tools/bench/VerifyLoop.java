import dev.partita.cli.Engine;
import dev.partita.cli.Main;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ServiceLoader;

/**
 * Runs a command of Partita for each line of standard input without starting Java again: {@code
 * java -cp tools/cli/target/partita.jar tools/bench/VerifyLoop.java}. Arguments are separated by
 * tabs. The answer is one line: the exit code, what the command printed and its errors, separated
 * by tabs, with blanks in place of line ends.
 */
final class VerifyLoop {

  private VerifyLoop() {}

  public static void main(String[] unused) throws IOException {
    Engine engine = ServiceLoader.load(Engine.class).findFirst().orElseThrow();
    PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ByteArrayOutputStream errors = new ByteArrayOutputStream();
      int code =
          Main.run(
              engine,
              line.split("\t"),
              InputStream.nullInputStream(),
              new PrintStream(out, true, StandardCharsets.UTF_8),
              new PrintStream(errors, true, StandardCharsets.UTF_8),
              false);
      answers.println(code + "\t" + oneLine(out) + "\t" + oneLine(errors));
    }
  }

  private static String oneLine(ByteArrayOutputStream text) {
    return text.toString(StandardCharsets.UTF_8).replaceAll("[\\r\\n\\t]+", " ").strip();
  }
}
