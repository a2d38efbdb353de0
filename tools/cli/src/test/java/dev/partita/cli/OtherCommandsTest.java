package dev.partita.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.accelerator.DramSharing;
import dev.partita.cli.Engine.LastLayer;
import dev.partita.cli.Engine.LayerChain;
import dev.partita.options.Options;
import dev.partita.options.PlanningOptions;
import dev.partita.options.RepairOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.Strategy;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.OptimizationReport.Outcome;
import dev.partita.report.schema.SearchReport.Point;
import dev.partita.verify.Accuracy.GateResult;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class OtherCommandsTest extends CommandLineTest {

  @Test
  void inspectsAFileAndStandardInput() {
    assertThat(run("inspect", model, "-p", "8", "--min-block", "4").out())
        .contains(model + " for 4 accelerators: 0 dense layers");
    assertThat(engine.options)
        .isEqualTo(
            Options.builder()
                .set(TargetOptions.ACCELERATORS, 8)
                .set(SelectionOptions.MIN_BLOCK, 4)
                .build());
    assertThat(runOn(false, "piped", "inspect", "-", "--json", "-").out())
        .contains("\"path\" : \"-\"");
  }

  @Test
  void inspectAndEstimateInlineFunctionsWhenAsked() {
    for (String command : new String[] {"inspect", "estimate"}) {
      run(command, model, "--inline-functions");
      assertThat(engine.options)
          .isEqualTo(Options.builder().set(SelectionOptions.INLINE_FUNCTIONS, true).build());
      run(command, model);
      assertThat(engine.options).isEqualTo(Options.builder().build());
    }
  }

  @Test
  void searchesWithinABudget() {
    Result result = run("search", model, "--calibration", "random:8", "-p", "8", "--budget", "90s");
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.DONE);
    assertThat(engine.budget).isEqualTo(Duration.ofSeconds(90));
    assertThat(engine.options)
        .isEqualTo(
            Options.builder()
                .set(TargetOptions.ACCELERATORS, 8)
                .set(PlanningOptions.CALIBRATION, "random:8")
                .build());
    assertThat(run("search", model).code()).isEqualTo(ExitCode.USAGE);
    assertThat(run("search", model, "--calibration", "random:8", "--budget", "soon").err())
        .contains("--budget", "such as 90s, 30m or 2h");
  }

  @Test
  void writesMasksToAFileOrToStandardOutput() {
    Result result =
        run(
            "masks",
            model,
            "-o",
            file("masks.npz"),
            "-p",
            "4",
            "--calibration",
            "random:8",
            "--strategy",
            "random",
            "--exclude",
            "a*",
            "--json",
            file("masks.json"));
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.DONE);
    assertThat(engine.options)
        .isEqualTo(
            Options.builder()
                .set(TargetOptions.ACCELERATORS, 4)
                .set(PlanningOptions.CALIBRATION, "random:8")
                .set(PlanningOptions.STRATEGY, Strategy.RANDOM)
                .set(SelectionOptions.EXCLUDE, ImmutableList.of("a*"))
                .build());
    assertThat(file("masks.npz")).content().isEqualTo("masks");
    assertThat(file("masks.json")).content().contains("\"mask\" : \"fc.weight\"");
    assertThat(result.out())
        .contains("fc.weight", "8 x 4", "out, in", "25.0", "-p 4 --strategy lossless");

    Result piped = run("masks", model, "-o", "-");
    assertThat(piped.out()).isEqualTo("masks");
    assertThat(piped.err()).contains("fc.weight");
  }

  @Test
  void refusesMasksThatCannotBeWritten() {
    assertThat(run("masks", model).code()).isEqualTo(ExitCode.USAGE);
    assertThat(run("masks", model, "-o", "-", "--json", "-").code()).isEqualTo(ExitCode.USAGE);
    assertThat(run("masks", model, "-o", model).err()).contains("will not be replaced");
    run("masks", model, "-o", file("masks.npz"));
    assertThat(run("masks", model, "-o", file("masks.npz")).err()).contains("--overwrite");
    assertThat(run("masks", model, "-o", file("masks.npz"), "--overwrite").code())
        .isEqualTo(ExitCode.DONE);
    assertThat(run("masks", model, "-o", file("same"), "--json", file("same")).code())
        .isEqualTo(ExitCode.USAGE);
  }

  @Test
  void optimizesTheFastestChoiceThatMeetsTheGate() {
    engine.points = ImmutableList.of(point(4, 100, true), point(8, 50, true), point(16, 25, false));
    Result result = run("optimize", model, "--dry-run", "--calibration", "random:8", "--search");
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.DONE);
    assertThat(Objects.requireNonNull(engine.options).target().accelerators()).isEqualTo(8);
    engine.points = ImmutableList.of(point(16, 25, false));
    run("optimize", model, "--dry-run", "--calibration", "random:8", "--search");
    assertThat(Objects.requireNonNull(engine.options).target().accelerators()).isNull();
  }

  private static Point point(int accelerators, double time, boolean passed) {
    return new Point(
        accelerators,
        Strategy.OPTIMIZED,
        0,
        ImmutableMap.of(),
        new GateResult("agreement", "y", 0.95, 0.9, 0.01, passed),
        passed,
        1,
        null,
        time,
        1,
        true,
        true);
  }

  @Test
  void estimatesAChain() {
    Result result =
        run(
            "estimate",
            "--shape",
            "2048-4096-200",
            "--rows",
            "16",
            "--last-layer",
            "cut",
            "-p",
            "2",
            "--dram",
            "shared",
            "--set",
            "clock_mhz=250");
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.DONE);
    assertThat(engine.chain)
        .isEqualTo(new LayerChain(ImmutableList.of(2048L, 4096L, 200L), 16, LastLayer.CUT));
    assertThat(engine.options)
        .isEqualTo(
            Options.builder()
                .set(TargetOptions.ACCELERATORS, 2)
                .set(TargetOptions.DRAM, DramSharing.SHARED)
                .set(TargetOptions.SET, ImmutableMap.of("clock_mhz", "250"))
                .build());

    run("estimate", "--shape", "8-8");
    assertThat(Objects.requireNonNull(engine.chain))
        .isEqualTo(new LayerChain(ImmutableList.of(8L, 8L), 1, LastLayer.WHOLE));
  }

  @Test
  void estimatesAModel() {
    assertThat(run("estimate", model, "--dim", "batch=8", "--json", file("e.json")).out())
        .contains(model.toString());
    assertThat(Objects.requireNonNull(engine.options).target().dims()).containsEntry("batch", 8L);
    assertThat(file("e.json")).content().contains("\"subject\" : \"" + model + "\"");
  }

  @Test
  void verifiesWithARefusalThatScriptsCanSee() {
    Result same = run("verify", model, model, "--seed", "3");
    assertThat(same.code()).isEqualTo(ExitCode.DONE);
    assertThat(engine.options)
        .isEqualTo(
            Options.builder()
                .set(RepairOptions.VALIDATION, "random")
                .set(PlanningOptions.SEED, 3)
                .build());

    // Both commands know the data under one name.
    run("verify", model, model, "--validation", "random:8");
    assertThat(engine.options)
        .isEqualTo(Options.builder().set(RepairOptions.VALIDATION, "random:8").build());

    engine.outcome = Outcome.REJECTED;
    Result different = run("verify", model, model, "--data", "random:8");
    assertThat(different.code()).isEqualTo(ExitCode.GATE_FAILED);
    assertThat(different.out()).contains("Gate FAILS: agreement of logits");
  }

  @Test
  void listsTargetsAndPrintsOne() {
    assertThat(run("targets").out())
        .isEqualTo("single     1 accelerator   One of them.\ntetris-3d  4 accelerators  Four.\n");
    assertThat(run("targets", "mine", "--set", "a=1").out())
        .isEqualTo("name: mine\noverrides: {a=1}\n");
  }

  @Test
  void demonstratesTwiceInOneFolder() {
    Result first = run("demo", "-o", file("demo"), "-p", "2");
    assertThat(first.code()).as(first.err()).isEqualTo(ExitCode.DONE);
    assertThat(first.out())
        .startsWith("This runs:\n  partita optimize " + file("demo/demo.onnx"))
        .contains(" -p 2 ", "Partita 0.1.0");
    assertThat(file("demo/optimized.onnx")).exists();
    assertThat(Objects.requireNonNull(engine.options).output().overwrite()).isTrue();
    assertThat(run("demo", "-o", file("demo")).code()).isEqualTo(ExitCode.DONE);
    assertThat(run("demo", "-o", file("demo"), "-p", "0").code()).isEqualTo(ExitCode.USAGE);
  }
}
