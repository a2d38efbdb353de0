package dev.partita.verify;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import dev.partita.UsageException;
import dev.partita.model.TemporaryFolder;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A measure that a program of the user's takes. It is started without a shell, with two more
 * arguments: the paths of the original's outputs and of the candidate's, as {@link MetricFiles}
 * writes them. It prints two numbers, the score of each, the higher the better; or one, how much
 * the candidate is worse. It prints nothing else on standard output.
 *
 * @param name in reports
 * @param words the program and its arguments
 * @param timeout after which it is ended
 */
public record CommandMetric(String name, ImmutableList<String> words, Duration timeout)
    implements OutputMetric {

  /** The name where none is given. */
  public static final String DEFAULT_NAME = "metric";

  /** How long a program may take where nothing else is said. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(10);

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]+");
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?");
  private static final int MOST_BYTES = 4096;
  private static final int SHOWN = 200;

  /**
   * A measure by a command line.
   *
   * @param command a program and its arguments, split by {@link CommandWords}
   * @throws UsageException where it cannot be split, its program cannot be found, or the name has
   *     other characters than letters, digits, {@code _} and {@code -}
   */
  public static CommandMetric of(String name, String command, Duration timeout) {
    if (!NAME.matcher(name).matches()) {
      throw new UsageException(
          "The name of the metric is \"%s\".".formatted(name),
          "Give letters, digits, _ and - alone.");
    }
    ImmutableList<String> words = CommandWords.split(command);
    if (!isProgram(words.get(0))) {
      throw new UsageException(
          "The metric's program \"%s\" cannot be found or may not be run.".formatted(words.get(0)),
          "No shell is started: name a program on the path, or a file that may be executed.");
    }
    return new CommandMetric(name, words, timeout);
  }

  private static boolean isProgram(String word) {
    if (File.separatorChar == '\\') {
      // Windows has rules of its own; starting the program tells.
      return true;
    }
    if (word.contains("/")) {
      return isExecutable(Path.of(word));
    }
    String path = System.getenv("PATH");
    return path != null
        && Splitter.on(File.pathSeparatorChar)
            .splitToStream(path)
            .anyMatch(folder -> isExecutable(Path.of(folder.isEmpty() ? "." : folder, word)));
  }

  private static boolean isExecutable(Path file) {
    return Files.isRegularFile(file) && Files.isExecutable(file);
  }

  @Override
  public MetricScore score(OutputPairs outputs) throws InterruptedException {
    try (TemporaryFolder folder = TemporaryFolder.ofSystem("partita-run-")) {
      Path original = folder.path().resolve("original.npz");
      Path candidate = folder.path().resolve("candidate.npz");
      MetricFiles.write(outputs, original, candidate);
      return run(folder.path(), List.of(original.toString(), candidate.toString()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot hand outputs to the metric " + name, e);
    }
  }

  private MetricScore run(Path folder, List<String> files)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(words);
    all.addAll(files);
    Path printed = folder.resolve("printed");
    Path errors = folder.resolve("errors");
    Process process = start(all, printed, errors);
    try {
      process.getOutputStream().close();
      if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        throw failed(
            "did not end within %d s".formatted(timeout.toSeconds()), "Give it more time.");
      }
    } finally {
      end(process);
    }
    if (process.exitValue() != 0) {
      throw failed(
          "ended with exit code %d%s".formatted(process.exitValue(), said(errors)),
          "It has to end with 0.");
    }
    return parse(printed);
  }

  private Process start(List<String> all, Path printed, Path errors) {
    try {
      return new ProcessBuilder(all)
          .redirectOutput(printed.toFile())
          .redirectError(errors.toFile())
          .start();
    } catch (IOException e) {
      throw failed("cannot be started (%s)".formatted(e.getMessage()), "No shell is started.");
    }
  }

  private static void end(Process process) throws InterruptedException {
    if (process.isAlive()) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
  }

  private MetricScore parse(Path printed) throws IOException {
    if (Files.size(printed) > MOST_BYTES) {
      throw failed("printed %d bytes".formatted(Files.size(printed)), expected());
    }
    String text = text(printed);
    List<String> numbers =
        Splitter.onPattern("\\s+").trimResults().omitEmptyStrings().splitToList(text);
    if (numbers.isEmpty()) {
      throw failed("printed nothing", expected());
    }
    if (numbers.size() > 2) {
      throw failed("printed %d words: %s".formatted(numbers.size(), shown(text)), expected());
    }
    double[] values = new double[numbers.size()];
    for (int i = 0; i < values.length; i++) {
      String number = numbers.get(i);
      values[i] = NUMBER.matcher(number).matches() ? Double.parseDouble(number) : Double.NaN;
      if (!Double.isFinite(values[i])) {
        throw failed("printed %s, which is no number".formatted(shown(number)), expected());
      }
    }
    return values.length == 1
        ? MetricScore.ofDrop(values[0])
        : MetricScore.of(values[0], values[1]);
  }

  private static String expected() {
    return "It prints two numbers, the score of the original and of the candidate, or one, how much"
        + " the candidate is worse; nothing else on standard output.";
  }

  /** The end of what a program said on standard error. */
  private static String said(Path errors) throws IOException {
    List<String> lines = text(errors).lines().filter(line -> !line.isBlank()).toList();
    return lines.isEmpty() ? "" : ": " + shown(lines.get(lines.size() - 1));
  }

  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }

  private static String shown(String text) {
    String line = text.strip().replaceAll("\\s+", " ");
    return "\"" + (line.length() <= SHOWN ? line : line.substring(0, SHOWN) + "...") + "\"";
  }

  private MetricException failed(String what, String hint) {
    return new MetricException(
        "The metric %s, command [%s], %s.".formatted(name, String.join(" ", words), what), hint);
  }
}
