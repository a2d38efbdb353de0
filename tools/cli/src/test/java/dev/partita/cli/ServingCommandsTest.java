package dev.partita.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import dev.partita.UnsupportedInputException;
import dev.partita.measure.BenchOptions;
import dev.partita.options.Options;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.OptimizationReport.Outcome;
import dev.partita.shard.ShardLayout;
import java.nio.file.Files;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The commands that take apart, run and measure. */
class ServingCommandsTest extends CommandLineTest {

  @Test
  void takesAModelApart() {
    Result result = run("shard", model, "-o", file("shards"));
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.DONE);
    assertThat(result.out()).contains("accelerator_0", "12,345", "1: r0", "=accelerator_0");
    assertThat(engine.input).isEqualTo(model);
    assertThat(engine.shards).isEqualTo(file("shards"));
    assertThat(engine.layout).isEqualTo(ShardLayout.FOLDER);
    assertThat(Objects.requireNonNull(engine.options).output().overwrite()).isFalse();

    run("shard", model, "-o", file("shards"), "--layout", "triton", "--overwrite");
    assertThat(engine.layout).isEqualTo(ShardLayout.TRITON);
    assertThat(Objects.requireNonNull(engine.options).output().overwrite()).isTrue();
    assertThat(run("shard", model, "-o", file("shards"), "--json", "-").out())
        .startsWith("{")
        .contains("\"schemaVersion\" : 1");
  }

  @Test
  void refusesToTakeApartWithoutAFolderOrInAnotherLayout() {
    assertThat(run("shard", model).code()).isEqualTo(ExitCode.USAGE);
    Result result = run("shard", model, "-o", file("shards"), "--layout", "zip");
    assertThat(result.code()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains("folder or triton");
    engine.failure = new UnsupportedInputException("The model was not rewritten.", "Rewrite it.");
    result = run("shard", model, "-o", file("shards"));
    assertThat(result.code()).isEqualTo(ExitCode.UNSUPPORTED_INPUT);
    assertThat(result.err()).contains("The model was not rewritten.", "Rewrite it.");
  }

  @Test
  void takesApartWhatItHasJustRewritten() throws Exception {
    Result result =
        run(
            "optimize",
            model,
            "-o",
            file("out.onnx"),
            "--no-gate",
            "--shards",
            file("shards"),
            "--layout",
            "triton");
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.DONE);
    assertThat(engine.input).isEqualTo(file("out.onnx"));
    assertThat(engine.shards).isEqualTo(file("shards"));
    assertThat(engine.layout).isEqualTo(ShardLayout.TRITON);
    assertThat(result.err()).contains("accelerator_0");

    engine.shards = null;
    engine.outcome = Outcome.UNCHANGED;
    result =
        run("optimize", model, "-o", file("same.onnx"), "--no-gate", "--shards", file("shards"));
    assertThat(result.err()).contains("Nothing was cut");
    assertThat(engine.shards).isNull();

    Files.createDirectory(file("used"));
    Files.writeString(file("used/letter.txt"), "dear");
    result = run("optimize", model, "-o", file("b.onnx"), "--no-gate", "--shards", file("used"));
    assertThat(result.code()).isEqualTo(ExitCode.USAGE);
    assertThat(file("b.onnx")).doesNotExist();
    assertThat(run("optimize", model, "--dry-run", "--shards", file("s")).err())
        .contains("--shards cannot be used with --dry-run");
    assertThat(run("optimize", model, "--dry-run", "--layout", "triton").err())
        .contains("--layout requires --shards");
  }

  @Test
  void runsAFolder() {
    Result result =
        run(
            "run",
            folder,
            "--data",
            "random:4",
            "--output",
            file("out.npz"),
            "--batch",
            "2",
            "--threads",
            "3",
            "--dim",
            "L=5",
            "--seed",
            "9");
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.DONE);
    assertThat(result.out()).contains("4 samples of random", "y", "float32", "[4, 3]");
    assertThat(engine.request)
        .isEqualTo(
            new Engine.RunRequest(
                folder, "random:4", 9, ImmutableMap.of("L", 5), 2, 3, file("out.npz")));
  }

  @Test
  void refusesToRunWithoutDataOrOverAFile() throws Exception {
    assertThat(run("run", folder).code()).isEqualTo(ExitCode.USAGE);
    assertThat(run("run", folder, "--data", "random", "--batch", "0").code())
        .isEqualTo(ExitCode.USAGE);
    Files.writeString(file("out.npz"), "mine");
    Result result = run("run", folder, "--data", "random", "--output", file("out.npz"));
    assertThat(result.code()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains("--overwrite");
    assertThat(file("out.npz")).hasContent("mine");
  }

  @Test
  void measuresInTurn() {
    Result result =
        run(
            "bench",
            model,
            folder,
            "--batch",
            "4",
            "--threads",
            "2",
            "--shard",
            "1",
            "--rounds",
            "3",
            "--runs",
            "6",
            "--dim",
            "L=8",
            "--seed",
            "5",
            "--json",
            file("bench.json"));
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.DONE);
    assertThat(result.out()).contains("a.onnx", "19.00 to 22.00", "1.00x");
    assertThat(file("bench.json")).content().contains("\"medianMicros\" : 20.0");
    assertThat(engine.bench)
        .isEqualTo(new BenchOptions(null, 5, ImmutableMap.of("L", 8), 4, 2, 1, 3, 6, false));
    run("bench", model, "--layers", "--target", "eyeriss-65nm");
    assertThat(engine.options)
        .isEqualTo(
            Options.builder()
                .set(TargetOptions.TARGET, "eyeriss-65nm")
                .set(TargetOptions.DIM, ImmutableMap.of())
                .build());
    assertThat(Objects.requireNonNull(engine.bench).layers()).isTrue();
  }

  @Test
  void refusesNumbersThatMeasureNothing() {
    assertThat(run("bench").code()).isEqualTo(ExitCode.USAGE);
    assertThat(run("bench", model, "--rounds", "0").code()).isEqualTo(ExitCode.USAGE);
    assertThat(run("bench", model, "--shard", "-1").code()).isEqualTo(ExitCode.USAGE);
    assertThat(run("bench", folder, "--layers").err()).contains("--layers needs a model file");
  }

  @Test
  void measuresThisMachine() throws Exception {
    assertThat(run("targets", "--calibrate").out()).isEqualTo("name: this-machine\n");
    Result result = run("targets", "--calibrate", "--for", model, "-o", file("machine.yaml"));
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.DONE);
    assertThat(engine.input).isEqualTo(model);
    assertThat(file("machine.yaml")).hasContent("name: this-machine");
    for (Object[] wrong :
        new Object[][] {
          {"targets", "--calibrate", "-o", file("machine.yaml")},
          {"targets", "--calibrate", "tetris-3d"},
          {"targets", "-o", file("other.yaml")},
          {"targets", "tetris-3d", "--for", model}
        }) {
      assertThat(run(wrong).code()).as(wrong[1].toString()).isEqualTo(ExitCode.USAGE);
    }
    assertThat(run("targets", "--calibrate", "--for", file("none.onnx")).code())
        .isEqualTo(ExitCode.UNSUPPORTED_INPUT);
  }
}
