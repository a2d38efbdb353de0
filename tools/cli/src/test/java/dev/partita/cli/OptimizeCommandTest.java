package dev.partita.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.UnsupportedInputException;
import dev.partita.accelerator.DramSharing;
import dev.partita.options.GateOptions;
import dev.partita.options.IrVersion;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.Repair;
import dev.partita.options.RepairOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.Soften;
import dev.partita.options.Strategy;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.OptimizationReport.Outcome;
import dev.partita.verify.CommandMetric;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class OptimizeCommandTest extends CommandLineTest {

  @Test
  void printsTheTableAndWritesTheModelAndTheReport() {
    Result result =
        run("optimize", model, "-o", file("o.onnx"), "--no-gate", "--json", file("r.json"));

    assertThat(result.code()).isEqualTo(ExitCode.DONE);
    assertThat(result.out()).startsWith("Partita 0.1.0: " + model);
    assertThat(result.err()).isEmpty();
    assertThat(file("o.onnx")).hasContent("a model");
    assertThat(file("r.json")).content().startsWith("{\n  \"schemaVersion\" : 1,");
    assertThat(folder).isDirectoryNotContaining("glob:**partial");
  }

  @Test
  void handsOverEveryOption() {
    run(
        "optimize",
        model,
        "-o",
        file("o"),
        "-p",
        "8",
        "--target",
        "mine.yaml",
        "--set",
        "a.b=1",
        "--set",
        "c=x=y",
        "--calibration",
        "c.npz",
        "--validation",
        "v.npz",
        "--repair",
        "none",
        "--max-accuracy-drop",
        "0.02",
        "--min-agreement",
        "0.9",
        "--max-relative-error",
        "0.3",
        "--output",
        "logits",
        "--metric",
        "sh 'my metric.sh' --beta 2",
        "--max-metric-drop",
        "0.5",
        "--metric-name",
        "f2",
        "--metric-timeout",
        "90s",
        "--soften",
        "none",
        "--include",
        "head*",
        "--exclude",
        "a",
        "--exclude",
        "b",
        "--inline-functions",
        "--min-block",
        "4",
        "--strategy",
        "contiguous",
        "--seed",
        "7",
        "--ir-version",
        "keep",
        "--dim",
        "batch=3",
        "--dram",
        "shared",
        "--overwrite",
        "--threads",
        "3");

    Options options = Objects.requireNonNull(engine.options);
    assertThat(options)
        .isEqualTo(
            Options.builder()
                .set(TargetOptions.ACCELERATORS, 8)
                .set(TargetOptions.TARGET, "mine.yaml")
                .set(TargetOptions.SET, ImmutableMap.of("a.b", "1", "c", "x=y"))
                .set(PlanningOptions.CALIBRATION, "c.npz")
                .set(RepairOptions.VALIDATION, "v.npz")
                .set(RepairOptions.REPAIR, Repair.NONE)
                .set(GateOptions.MAX_ACCURACY_DROP, 0.02)
                .set(GateOptions.MIN_AGREEMENT, 0.9)
                .set(GateOptions.MAX_RELATIVE_ERROR, 0.3)
                .set(GateOptions.GATE_OUTPUT, ImmutableList.of("logits"))
                .metric(
                    new CommandMetric(
                        "f2",
                        ImmutableList.of("sh", "my metric.sh", "--beta", "2"),
                        Duration.ofSeconds(90)),
                    0.5)
                .set(RepairOptions.SOFTEN, Soften.NONE)
                .set(SelectionOptions.INCLUDE, ImmutableList.of("head*"))
                .set(SelectionOptions.EXCLUDE, ImmutableList.of("a", "b"))
                .set(SelectionOptions.INLINE_FUNCTIONS, true)
                .set(SelectionOptions.MIN_BLOCK, 4)
                .set(PlanningOptions.STRATEGY, Strategy.CONTIGUOUS)
                .set(PlanningOptions.SEED, 7)
                .set(OutputOptions.IR_VERSION, IrVersion.KEEP)
                .set(TargetOptions.DIM, ImmutableMap.of("batch", 3L))
                .set(TargetOptions.DRAM, DramSharing.SHARED)
                .set(OutputOptions.OVERWRITE, true)
                .set(PlanningOptions.THREADS, 3)
                .build());
  }

  @Test
  void defaultsAreTheLibrarys() {
    run("optimize", model, "-o", file("o"), "--calibration", "random");
    assertThat(engine.options)
        .isEqualTo(Options.builder().set(PlanningOptions.CALIBRATION, "random").build());
  }

  @Test
  void readsStandardInputAndWritesStandardOutput() throws IOException {
    Result result = runOn(false, "piped", "optimize", "-", "-o", "-", "--no-gate");

    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.DONE);
    assertThat(result.out()).isEqualTo("piped");
    assertThat(result.err()).startsWith("Partita 0.1.0: -, ").contains("The model is in -.");
    Path copy = Objects.requireNonNull(engine.input);
    assertThat(copy).doesNotExist();
    assertThat(copy.getParent()).doesNotExist();
  }

  @Test
  void printsJsonInPlaceOfTheTable() {
    Result result = run("optimize", model, "-o", file("o"), "--no-gate", "--json", "-");
    assertThat(result.out()).startsWith("{\n").contains("\"outcome\" : \"optimized\"");
  }

  @Test
  void failsAGateWithItsReportAndNoModel() {
    engine.outcome = Outcome.REJECTED;
    Result result =
        run("optimize", model, "-o", file("o"), "--calibration", "random", "--json", file("r"));

    assertThat(result.code()).isEqualTo(ExitCode.GATE_FAILED);
    assertThat(result.out()).contains("rejected, nothing was written");
    assertThat(result.err()).startsWith("partita: The accuracy drop is 0.02");
    assertThat(file("r")).content().contains("\"outcome\" : \"rejected\"");
    assertThat(file("o")).doesNotExist();
  }

  @Test
  void mayFailWhereNothingQualified() {
    engine.outcome = Outcome.UNCHANGED;
    assertThat(run("optimize", model, "-o", file("1"), "--no-gate").code())
        .isEqualTo(ExitCode.DONE);
    Result result = run("optimize", model, "-o", file("2"), "--no-gate", "--fail-if-unchanged");
    assertThat(result.code()).isEqualTo(ExitCode.UNCHANGED);
    assertThat(file("2")).exists();
  }

  @Test
  void writesNothingInADryRun() {
    Result result = run("optimize", model, "--dry-run");
    assertThat(result.code()).isEqualTo(ExitCode.DONE);
    assertThat(result.out())
        .contains("dry run")
        .containsPattern("plan +\\| +regions, data \\| planned");
    assertThat(folder).isDirectoryContaining("glob:**in.onnx");
    assertThat(folder.toFile().list()).hasSize(1);
  }

  @Test
  void aNameThatBeginsWithAtIsAName() throws IOException {
    Path file = Files.writeString(folder.resolve("upload"), "--version");
    Result result = run("optimize", "@" + file, "-o", file("o"), "--no-gate");
    assertThat(result.code()).isEqualTo(ExitCode.UNSUPPORTED_INPUT);
    assertThat(result.err()).contains("@" + file);
  }

  @Test
  void printsTheStagesInADryRunAlone() {
    assertThat(run("optimize", model, "-o", file("o"), "--no-gate").out())
        .doesNotContain("planned regions");
    assertThat(run("optimize", model, "--dry-run", "--json", "-").out()).startsWith("{");
  }

  @Test
  void reportsInputsThatCannotBeRead() {
    assertThat(run("optimize", file("none.onnx"), "-o", file("o"), "--no-gate"))
        .satisfies(result -> assertThat(result.code()).isEqualTo(ExitCode.UNSUPPORTED_INPUT))
        .satisfies(result -> assertThat(result.err()).contains("none.onnx"));
    assertThat(run("optimize", folder, "-o", file("o"), "--no-gate").code())
        .isEqualTo(ExitCode.UNSUPPORTED_INPUT);

    engine.failure =
        UnsupportedInputException.at("in.onnx", "fc1", "its weight is torn", "Mend it.");
    Result result = run("optimize", model, "-o", file("o"), "--no-gate");
    assertThat(result.code()).isEqualTo(ExitCode.UNSUPPORTED_INPUT);
    assertThat(result.err())
        .isEqualTo("partita: in.onnx, node 'fc1': its weight is torn\n  Mend it.\n");
  }

  @Test
  void printsAStackTraceOnlyForDebugging() {
    engine.failure = new IllegalStateException("a bug");
    Result result = run("optimize", model, "-o", file("o"), "--no-gate");
    assertThat(result.code()).isEqualTo(ExitCode.INTERNAL_ERROR);
    assertThat(result.err()).contains("a bug", "--debug").doesNotContain("\tat ");

    for (Object[] args :
        new Object[][] {
          {"--debug", "optimize", model, "-o", file("o"), "--no-gate"},
          {"optimize", model, "-o", file("o"), "--no-gate", "--debug"}
        }) {
      assertThat(run(args).err()).contains("\tat dev.partita.cli.OptimizeCommandTest");
    }
  }

  @Test
  void namesAFullDisk() {
    engine.failure =
        new UncheckedIOException("cannot write o", new IOException("No space left on device"));
    Result result = run("optimize", model, "-o", file("o"), "--no-gate");
    assertThat(result.code()).isEqualTo(ExitCode.INTERNAL_ERROR);
    assertThat(result.err()).startsWith("partita: cannot write o (IOException: No space left");
  }

  @Test
  void showsProgressToAPersonOnly() throws IOException {
    assertThat(runOn(true, "", "optimize", model, "-o", file("1"), "--no-gate").err())
        .contains("\rread");
    assertThat(runOn(true, "", "optimize", model, "-o", file("2"), "--no-gate", "--quiet").err())
        .isEmpty();
    assertThat(Files.exists(file("2"))).isTrue();
  }
}
