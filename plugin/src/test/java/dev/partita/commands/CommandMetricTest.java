package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import dev.partita.UsageException;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.RepairOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.Strategy;
import dev.partita.options.TargetOptions;
import dev.partita.report.ConsoleTable;
import dev.partita.report.JsonReport;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.Outcome;
import dev.partita.report.schema.OptimizationReport.RegionReport;
import dev.partita.report.schema.OptimizationReport.Status;
import dev.partita.run.GateFailedException;
import dev.partita.runtime.NpzWriter;
import dev.partita.spi.ProgressListener;
import dev.partita.verify.Accuracy;
import dev.partita.verify.Accuracy.GateResult;
import dev.partita.verify.CommandMetric;
import dev.partita.verify.MetricException;
import dev.partita.verify.MetricScore;
import dev.partita.verify.OutputMetric;
import dev.partita.verify.OutputPairs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A user's own program as a condition of the gate, in whole runs. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the programs are shell scripts")
class CommandMetricTest {

  private static final int WIDTH = 32;
  private static final int CLASSES = 4;
  private static final int SAMPLES = 100;

  /**
   * Reads both files with nothing but Python's own library, checks all that they promise, and
   * prints the share of right classes of each.
   */
  private static final String SCORES =
      """
      import ast, struct, sys, zipfile

      def load(path):
          arrays = {}
          with zipfile.ZipFile(path) as archive:
              assert archive.testzip() is None
              for name in archive.namelist():
                  raw = archive.read(name)
                  assert raw[:8] == b"\\x93NUMPY\\x01\\x00", raw[:8]
                  length, = struct.unpack("<H", raw[8:10])
                  assert (10 + length) % 64 == 0
                  head = ast.literal_eval(raw[10:10 + length].decode())
                  assert not head["fortran_order"]
                  count = 1
                  for size in head["shape"]:
                      count *= size
                  code = {"<f4": "f", "<i8": "q"}[head["descr"]]
                  values = struct.unpack("<%d%s" % (count, code), raw[10 + length:])
                  arrays[name[:-4]] = (head["shape"], values)
          return arrays

      def score(arrays):
          (rows, classes), y = arrays["y"]
          labels = arrays["labels"][1]
          best = [max(range(classes), key=lambda c: y[r * classes + c]) for r in range(rows)]
          return sum(b == l for b, l in zip(best, labels)) / rows

      first, second = map(load, sys.argv[-2:])
      assert sorted(first) == sorted(second) == ["labels", "samples", "y"], sorted(first)
      assert first["samples"] == second["samples"]
      # The label of a sample says where it stood.
      assert all(l == s % 4 for l, s in zip(first["labels"][1], first["samples"][1]))
      print(score(first), score(second))
      """;

  @TempDir private Path folder;

  private Path model() {
    return GraphBuilder.opset(17)
        .input("x", "N", WIDTH)
        .random("w1", 1, WIDTH, 64)
        .random("w2", 2, 64, WIDTH)
        .random("w3", 3, WIDTH, CLASSES)
        .node("first", "MatMul", "x, w1", "a")
        .node("Relu", "a", "r")
        .node("second", "MatMul", "r, w2", "h")
        .node("Softmax", "h", "s")
        .node("third", "MatMul", "s, w3", "y")
        .output("y", "N", CLASSES)
        .write(folder.resolve("model.onnx"));
  }

  private Path data() {
    Random random = new Random(3);
    float[] x = new float[SAMPLES * WIDTH];
    long[] labels = new long[SAMPLES];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    for (int i = 0; i < SAMPLES; i++) {
      labels[i] = i % 4;
    }
    return new NpzWriter()
        .floats("x", "(%d, %d)".formatted(SAMPLES, WIDTH), x)
        .longs("labels", "(%d,)".formatted(SAMPLES), labels)
        .write(folder.resolve("data.npz"));
  }

  private Path script(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private CommandMetric shell(String text) throws IOException {
    return CommandMetric.of(
        "mine", "sh '%s'".formatted(script("metric.sh", text)), Duration.ofSeconds(60));
  }

  private Options.Builder options(OutputMetric metric, double limit) {
    return Options.builder()
        .set(TargetOptions.ACCELERATORS, 2)
        .set(SelectionOptions.MIN_BLOCK, 2)
        .set(SelectionOptions.INCLUDE, ImmutableList.of("first", "second"))
        .set(PlanningOptions.STRATEGY, Strategy.RANDOM)
        .set(RepairOptions.VALIDATION, data().toString())
        .set(GateOptions.MAX_ACCURACY_DROP, 1.0)
        .metric(metric, limit)
        .set(OutputOptions.OVERWRITE, true)
        .set(PlanningOptions.THREADS, 2);
  }

  private OptimizationReport run(OutputMetric metric, double limit) {
    return Optimizer.optimize(
        model(), folder.resolve("out.onnx"), options(metric, limit).build(), ProgressListener.NONE);
  }

  private static GateResult gate(OptimizationReport report) {
    Accuracy accuracy = Objects.requireNonNull(report.accuracy());
    return accuracy.gates().get(accuracy.gates().size() - 1);
  }

  @Test
  void whatItScoresStandsInTheReport() throws IOException {
    Path script = script("scores.py", SCORES);
    OptimizationReport report =
        run(
            CommandMetric.of(
                "f1", "python3 '%s' --beta 1".formatted(script), Duration.ofMinutes(1)),
            1);
    GateResult gate = gate(report);
    var output = Objects.requireNonNull(report.accuracy()).outputs().get(0);
    assertThat(gate.metric()).isEqualTo("f1_drop");
    assertThat(gate.output()).isEqualTo(GateResult.ALL_OUTPUTS);
    assertThat(gate.before()).isEqualTo(output.top1Before());
    assertThat(gate.after()).isEqualTo(output.top1After());
    assertThat(gate.value()).isEqualTo(gate.before() - gate.after());
    assertThat(gate.limit()).isEqualTo(1);
    assertThat(gate.passed()).isTrue();
    assertThat(JsonReport.of(report)).contains("\"metric\" : \"f1_drop\"");
    assertThat(ConsoleTable.of(report)).contains("f1 drop of all outputs is ");
  }

  /** The rows of a part of the calibration data are told by their places in the file. */
  @Test
  void samplesAreToldByTheirPlaceInTheData() throws IOException {
    Path script = script("scores.py", SCORES);
    OptimizationReport report =
        Optimizer.optimize(
            model(),
            folder.resolve("out.onnx"),
            options(CommandMetric.of("f1", "python3 " + script, Duration.ofMinutes(1)), 1)
                .set(RepairOptions.VALIDATION, null)
                .set(PlanningOptions.CALIBRATION, data().toString())
                .build(),
            ProgressListener.NONE);
    assertThat(Objects.requireNonNull(report.accuracy()).samples()).isEqualTo(SAMPLES / 4);
    assertThat(gate(report).before()).isEqualTo(report.accuracy().outputs().get(0).top1Before());
  }

  @ParameterizedTest
  @CsvSource({"0.25, true", "0.5, true", "0.500001, false"})
  void oneNumberIsADrop(String printed, boolean passed) throws IOException {
    CommandMetric metric = shell("echo " + printed);
    Accuracy accuracy =
        Verification.verify(model(), model(), options(metric, 0.5).build(), ProgressListener.NONE);
    GateResult gate = accuracy.gates().get(accuracy.gates().size() - 1);
    assertThat(gate.metric()).isEqualTo("mine_drop");
    assertThat(gate.value()).isEqualTo(Double.parseDouble(printed));
    assertThat(gate.before()).isNull();
    assertThat(gate.passed()).isEqualTo(passed);
    assertThat(accuracy.passed()).isEqualTo(passed);
  }

  @Test
  void aDropBeyondTheLimitFailsTheGate() throws IOException {
    CommandMetric metric = shell("echo 0.9 0.7");
    assertThatThrownBy(() -> run(metric, 0.1))
        .isInstanceOfSatisfying(
            GateFailedException.class,
            failure -> {
              assertThat(failure).hasMessageContaining("mine drop of all outputs is 0.2000");
              assertThat(failure.report().outcome()).isEqualTo(Outcome.REJECTED);
              assertThat(failure.report().regions())
                  .extracting(RegionReport::status)
                  .containsOnly(Status.REVERTED);
              GateResult gate = gate(failure.report());
              assertThat(gate.before()).isEqualTo(0.9);
              assertThat(gate.after()).isEqualTo(0.7);
              assertThat(ConsoleTable.of(failure.report())).contains("--max-metric-drop");
            });
    assertThat(folder.resolve("out.onnx")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "exit 3 | ended with exit code 3",
        "echo no labels >&2; exit 1 | ended with exit code 1: \"no labels\"",
        "kill -9 $$ | ended with exit code 137",
        "true | printed nothing",
        "echo good | printed \"good\", which is no number",
        "echo nan | printed \"nan\", which is no number",
        "echo inf 1 | printed \"inf\", which is no number",
        "echo 1e999 | printed \"1e999\", which is no number",
        "echo 0,5 | printed \"0,5\", which is no number",
        "echo 0x10 | printed \"0x10\", which is no number",
        "echo 1.0f | printed \"1.0f\", which is no number",
        "echo 1 2 3 | printed 3 words: \"1 2 3\"",
        "echo score: 0.5 | printed \"score:\", which is no number",
        "head -c 5000 /dev/zero | printed 5000 bytes"
      })
  void whatIsNoScoreIsRefusedByName(String text, String why) throws IOException {
    CommandMetric metric = shell(text);
    assertThatThrownBy(() -> run(metric, 0.1))
        .isInstanceOf(MetricException.class)
        .hasMessageStartingWith("The metric mine, command [sh ")
        .hasMessageContaining(why);
    assertThat(folder.resolve("out.onnx")).doesNotExist();
  }

  @Test
  @Timeout(30)
  void whatTakesTooLongIsEnded() throws IOException, InterruptedException {
    Path script =
        script("slow.sh", "sleep 300 & echo $! > '%s'; wait".formatted(folder.resolve("id")));
    CommandMetric metric = CommandMetric.of("mine", "sh '" + script + "'", Duration.ofSeconds(1));
    assertThatThrownBy(() -> run(metric, 0.1))
        .isInstanceOf(MetricException.class)
        .hasMessageContaining("did not end within 1 s");
    long child = Long.parseLong(Files.readString(folder.resolve("id")).strip());
    // A program that has ended runs nothing, whether or not anyone has noticed yet.
    for (int i = 0; i < 200 && runs(child); i++) {
      Thread.sleep(50);
    }
    assertThat(runs(child)).isFalse();
  }

  private static boolean runs(long process) {
    return ProcessHandle.of(process).flatMap(handle -> handle.info().command()).isPresent();
  }

  @Test
  void standardInputIsEmptyAndFilesAreGoneAfter() throws IOException {
    CommandMetric metric =
        shell(
            "cat; for f in \"$@\"; do echo \"$f\" >> '%s'; done; echo 0"
                .formatted(folder.resolve("names")));
    assertThat(run(metric, 0.1).outcome()).isEqualTo(Outcome.OPTIMIZED);
    List<String> names = Files.readAllLines(folder.resolve("names"));
    assertThat(names).hasSize(2);
    assertThat(names.get(0)).endsWith("original.npz");
    assertThat(names.get(1)).endsWith("candidate.npz");
    assertThat(names).allSatisfy(name -> assertThat(Path.of(name)).doesNotExist());
  }

  @Test
  void noShellSeesTheCommand() throws IOException {
    Path script = script("count.sh", "test \"$1\" = ';' && test \"$2\" = '$(id)' && echo 0");
    CommandMetric metric =
        CommandMetric.of("mine", "sh '" + script + "' ; $(id)", Duration.ofSeconds(60));
    assertThat(gate(run(metric, 0.1)).value()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"no-such-program-here", "./no-such-program", "/etc/passwd", "/tmp"})
  void aProgramThatCannotBeRunIsRefusedAtOnce(String program) {
    assertThatThrownBy(() -> CommandMetric.of("mine", program + " x", Duration.ofSeconds(1)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("The metric's program \"" + program + "\" cannot be found");
  }

  @Test
  void namesAreWords() {
    assertThatThrownBy(() -> CommandMetric.of("f 1", "sh", Duration.ofSeconds(1)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("\"f 1\"");
  }

  @Test
  void aMetricAndItsLimitGoTogether() {
    assertThatThrownBy(() -> Options.builder().metric(null, 0.1).build())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("without --metric");
    OutputMetric metric = new CommandMetric("m", ImmutableList.of("sh"), Duration.ofSeconds(1));
    assertThatThrownBy(() -> Options.builder().metric(metric, null).build())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("without --max-metric-drop");
    assertThatThrownBy(() -> Options.builder().metric(metric, -0.1).build())
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(
            () -> Options.builder().set(GateOptions.GATE, false).metric(metric, 0.1).build())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("--no-gate");
  }

  /** The Java interface: it sees every batch of both, and takes part like any other condition. */
  @Test
  void aMetricInJavaIsACondition() {
    OutputMetric largest =
        new OutputMetric() {
          @Override
          public String name() {
            return "largest";
          }

          @Override
          public MetricScore score(OutputPairs outputs) {
            double most = 0;
            int seen = 0;
            for (OutputPairs.Pair pair : outputs) {
              var original = Objects.requireNonNull(pair.original().get("y"));
              var candidate = Objects.requireNonNull(pair.candidate().get("y"));
              for (int i = 0; i < original.elements(); i++) {
                most = Math.max(most, Math.abs(original.floatAt(i) - candidate.floatAt(i)));
              }
              seen += pair.samples().length();
            }
            assertThat(seen).isEqualTo(outputs.samples()).isEqualTo(SAMPLES);
            assertThat(outputs.labels()).isNotNull();
            return MetricScore.ofDrop(most);
          }
        };
    double value = gate(run(largest, 1e6)).value();
    assertThat(value).isPositive();
    assertThatThrownBy(() -> run(largest, value / 1000)).isInstanceOf(GateFailedException.class);
  }
}
