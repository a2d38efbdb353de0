package dev.partita.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.partita.fixtures.GraphBuilder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A user's own program and softening on the command line, with the library behind it. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the programs are shell scripts")
class MetricCommandTest {

  private static final int WIDTH = 64;

  @TempDir private Path folder;
  private Path model = Path.of("");

  private record Result(int code, String out, String err) {}

  /** A pair whose weights fall into two blocks, so that four lose some of them. */
  @BeforeEach
  void write() {
    float[] weights = new float[WIDTH * WIDTH];
    for (int i = 0; i < weights.length; i++) {
      boolean same = i / WIDTH / (WIDTH / 2) == i % WIDTH / (WIDTH / 2);
      weights[i] = same ? (float) Math.sin(i) / 4 : 0;
    }
    model =
        GraphBuilder.opset(17)
            .input("x", "N", WIDTH)
            .initializer("w1", weights, WIDTH, WIDTH)
            .initializer("w2", weights, WIDTH, WIDTH)
            .node("first", "MatMul", "x, w1", "a")
            .node("Relu", "a", "r")
            .node("second", "MatMul", "r, w2", "h")
            .node("Add", "x, h", "y")
            .output("y", "N", WIDTH)
            .write(folder.resolve("in.onnx"));
  }

  private Path script(String text) throws IOException {
    return Files.writeString(folder.resolve("metric.sh"), text);
  }

  private Path output() {
    return folder.resolve("out.onnx");
  }

  private static Result run(List<String> args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            new LibraryEngine(),
            args.toArray(String[]::new),
            new ByteArrayInputStream(new byte[0]),
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8),
            false);
    return new Result(code, out.toString(UTF_8), err.toString(UTF_8));
  }

  private Result optimize(String maxRelativeError, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of("optimize", model.toString(), "-o", output().toString(), "-p", "4"));
    args.addAll(List.of("--min-block", "2", "--strategy", "contiguous", "--include", "*"));
    args.addAll(List.of("--validation", "random:64", "--max-relative-error", maxRelativeError));
    args.addAll(List.of("--min-agreement", "0"));
    args.addAll(Arrays.asList(more));
    return run(args);
  }

  @Test
  void aFailingRegionIsSoftenedUnlessForbidden() {
    Result soft = optimize("0.01");
    assertThat(soft.code()).as(soft.err()).isEqualTo(ExitCode.DONE);
    assertThat(soft.out()).contains("r0 fewer-branches: ", "on 2 of 4 accelerators");
    Result hard = optimize("0.01", "--soften", "none", "--overwrite");
    assertThat(hard.code()).isEqualTo(ExitCode.GATE_FAILED);
    assertThat(hard.err()).contains("alone: r0 ").doesNotContain("softened");
  }

  @Test
  void theExitCodeIsThatOfTheMetricsVerdict() throws IOException {
    String command = "sh '" + script("echo 0.90 0.88") + "'";
    Result passes =
        optimize("10", "--metric", command, "--max-metric-drop", "0.03", "--metric-name", "f1");
    assertThat(passes.code()).as(passes.err()).isEqualTo(ExitCode.DONE);
    assertThat(passes.out()).contains("Gate holds: f1 drop of all outputs is 0.0200");
    Files.delete(output());
    Result fails = optimize("10", "--metric", command, "--max-metric-drop", "0.01");
    assertThat(fails.code()).isEqualTo(ExitCode.GATE_FAILED);
    assertThat(fails.err()).contains("metric drop of all outputs is 0.0200, the limit is 0.0100");
    assertThat(output()).doesNotExist();
  }

  @Test
  void aMetricThatFailsIsAnErrorOfUsage() throws IOException {
    String command = "sh '" + script("echo 'no such column' >&2; exit 7") + "'";
    Result result = optimize("10", "--metric", command, "--max-metric-drop", "0.01");
    assertThat(result.code()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err())
        .startsWith("partita: The metric metric, command [sh ")
        .contains("ended with exit code 7: \"no such column\".");
    assertThat(output()).doesNotExist();
  }

  @Test
  void verifyTakesOneToo() throws IOException {
    String command = "sh '" + script("echo 0.5") + "'";
    List<String> args = List.of("verify", model.toString(), model.toString(), "--metric", command);
    List<String> strict = new ArrayList<>(args);
    strict.addAll(List.of("--max-metric-drop", "0.4"));
    assertThat(run(strict).code()).isEqualTo(ExitCode.GATE_FAILED);
    List<String> loose = new ArrayList<>(args);
    loose.addAll(List.of("--max-metric-drop", "0.5"));
    assertThat(run(loose).code()).isEqualTo(ExitCode.DONE);
  }
}
