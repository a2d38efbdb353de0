package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.google.common.collect.ImmutableList;
import dev.partita.fixtures.Fixtures;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.options.GateOptions;
import dev.partita.options.IrVersion;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.RepairOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.Soften;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.Outcome;
import dev.partita.report.schema.OptimizationReport.Status;
import dev.partita.run.GateFailedException;
import dev.partita.spi.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole way on small models that were built to show one thing each. */
class OptimizeRunTest {

  private static final int WIDTH = 64;

  @TempDir private Path folder;

  private static Options.Builder options(int accelerators) {
    return Options.builder()
        .set(TargetOptions.ACCELERATORS, accelerators)
        .set(PlanningOptions.THREADS, 2);
  }

  private OptimizationReport run(Path model, Options.Builder options) {
    return Optimizer.optimize(
        model, folder.resolve("out.onnx"), options.build(), ProgressListener.NONE);
  }

  /** Two blocks on the diagonal; a good plan drops zeros only. */
  private static float[] blocks(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] weights = new float[WIDTH * WIDTH];
    for (int i = 0; i < weights.length; i++) {
      boolean kept = i / WIDTH / (WIDTH / 2) == i % WIDTH / (WIDTH / 2);
      weights[i] = kept ? (float) random.nextGaussian() * 0.3f : 0;
    }
    return weights;
  }

  private Path planted() {
    return GraphBuilder.opset(17)
        .input("x", "N", WIDTH)
        .initializer("g1", blocks(1), WIDTH, WIDTH)
        .node("good1", "MatMul", "x, g1", "a")
        .node("Relu", "a", "b")
        .initializer("g2", blocks(2), WIDTH, WIDTH)
        .node("good2", "MatMul", "b, g2", "c")
        .node("Softmax", "c", "d")
        .random("s1", 3, WIDTH, WIDTH)
        .node("spoiled1", "MatMul", "d, s1", "e")
        .node("Tanh", "e", "f")
        .random("s2", 4, WIDTH, WIDTH)
        .node("spoiled2", "MatMul", "f, s2", "h")
        .node("Tanh", "h", "y")
        .output("y", "N", WIDTH)
        .write(folder.resolve("planted.onnx"));
  }

  @Test
  void theSpoiledRegionIsTakenBackAndTheGoodOneStays() {
    OptimizationReport report =
        run(
            planted(),
            options(2)
                .set(RepairOptions.VALIDATION, "random:256")
                .set(GateOptions.MAX_RELATIVE_ERROR, 0.02)
                .set(SelectionOptions.INCLUDE, ImmutableList.of("*")));
    assertThat(report.outcome()).isEqualTo(Outcome.OPTIMIZED);
    assertThat(report.regions())
        .extracting(r -> r.layers().get(0).name(), r -> r.status())
        .containsExactly(tuple("good1", Status.REWRITTEN), tuple("spoiled1", Status.REVERTED));
    assertThat(report.steps()).hasSize(1);
    assertThat(report.steps().get(0).region()).isEqualTo(report.regions().get(1).id());
    assertThat(report.steps().get(0).passed()).isTrue();
  }

  @Test
  void aGateThatNothingMeetsWritesNothing() {
    Path model = planted();
    assertThatThrownBy(
            () ->
                run(
                    model,
                    options(4)
                        .set(PlanningOptions.CALIBRATION, "random:256")
                        .set(GateOptions.MAX_RELATIVE_ERROR, 1e-9)
                        .set(RepairOptions.SOFTEN, Soften.NONE)))
        .isInstanceOfSatisfying(
            GateFailedException.class,
            failure -> assertThat(failure.report().outcome()).isEqualTo(Outcome.REJECTED));
    assertThat(folder.toFile().list()).containsExactly("planted.onnx");
  }

  @Test
  @Tag("slow")
  void theSameBytesForAnyThreadsAndPaths() throws IOException {
    Path mlp = Fixtures.fashionMlp(folder);
    String data = Fixtures.fashionCalibration(folder).toString();
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Path copy = Files.copy(mlp, elsewhere.resolve("renamed.onnx"));
    Path copiedData = Files.copy(Path.of(data), elsewhere.resolve("images.npz"));
    Options.Builder options = options(4).set(GateOptions.GATE, false);
    OptimizationReport first =
        run(mlp, options.set(PlanningOptions.CALIBRATION, data).set(PlanningOptions.THREADS, 1));
    Path second = elsewhere.resolve("other.onnx");
    OptimizationReport other =
        Optimizer.optimize(
            copy,
            second,
            options
                .set(PlanningOptions.CALIBRATION, copiedData.toString())
                .set(PlanningOptions.THREADS, 4)
                .build(),
            ProgressListener.NONE);
    assertThat(Files.mismatch(folder.resolve("out.onnx"), second)).isEqualTo(-1);
    assertThat(other.regions()).isEqualTo(first.regions());
    assertThat(other.total()).isEqualTo(first.total());
    assertThat(other.steps()).isEqualTo(first.steps());
  }

  @Test
  void branchNodesAndConcatsCarryTheirKeys() throws IOException {
    run(
        planted(),
        options(2).set(RepairOptions.VALIDATION, "random:64").set(GateOptions.GATE, false));
    ModelProto written = ModelProto.parseFrom(Files.readAllBytes(folder.resolve("out.onnx")));
    assertThat(written.getIrVersion()).isGreaterThanOrEqualTo(10);
    int products = 0;
    for (NodeProto node : written.getGraph().getNodeList()) {
      boolean branch = node.getName().contains("/branch");
      if (!branch && !node.getOpType().equals("Concat")) {
        continue;
      }
      Map<String, String> entries = entries(node.getMetadataPropsList());
      assertThat(entries)
          .as(node.getName())
          .containsKeys(
              "dev.partita.region", "dev.partita.accelerator", "dev.partita.origin", "layer_ann");
      assertThat(entries)
          .containsEntry(
              "layer_ann",
              "accelerator_" + Integer.parseInt(entries.get("dev.partita.accelerator")));
      if (branch && node.getOpType().equals("MatMul")) {
        products++;
        assertThat(Long.parseLong(entries.get("dev.partita.macs"))).isPositive();
        assertThat(Long.parseLong(entries.get("dev.partita.dram_bytes"))).isPositive();
        assertThat(Long.parseLong(entries.get("dev.partita.cycles"))).isPositive();
        assertThat(Double.parseDouble(entries.get("dev.partita.latency_us"))).isPositive();
        assertThat(entries).containsKeys("dev.partita.branch", "dev.partita.bound_by");
      }
    }
    assertThat(products).isGreaterThanOrEqualTo(4);
    assertThat(entries(written.getMetadataPropsList()))
        .containsKeys(
            "dev.partita.version",
            "dev.partita.target",
            "dev.partita.options",
            "dev.partita.input_sha256",
            "dev.partita.speedup",
            "dev.partita.energy_ratio");
    assertThat(written.getGraph().getInput(0).getName()).isEqualTo("x");
    assertThat(written.getGraph().getOutput(0).getName()).isEqualTo("y");
  }

  @Test
  void anIrThatIsKeptLeavesNodesBare() throws IOException {
    Path model = planted();
    run(
        model,
        options(2).set(GateOptions.GATE, false).set(OutputOptions.IR_VERSION, IrVersion.KEEP));
    ModelProto written = ModelProto.parseFrom(Files.readAllBytes(folder.resolve("out.onnx")));
    assertThat(written.getIrVersion())
        .isEqualTo(ModelProto.parseFrom(Files.readAllBytes(model)).getIrVersion())
        .isLessThan(10);
    assertThat(written.getGraph().getNodeList())
        .allMatch(node -> node.getMetadataPropsCount() == 0)
        .anyMatch(node -> node.getName().contains("/branch"));
    assertThat(entries(written.getMetadataPropsList())).containsKey("dev.partita.version");
  }

  private static Map<String, String> entries(Iterable<StringStringEntryProto> entries) {
    return StreamSupport.stream(entries.spliterator(), false)
        .collect(
            Collectors.toMap(StringStringEntryProto::getKey, StringStringEntryProto::getValue));
  }

  @ParameterizedTest
  @ValueSource(strings = {"random:1", "random:2", "random:20"})
  void fewSamplesAreEnoughForRepair(String data) {
    OptimizationReport report =
        run(
            planted(),
            options(2).set(PlanningOptions.CALIBRATION, data).set(GateOptions.GATE, false));
    assertThat(report.outcome()).isEqualTo(Outcome.OPTIMIZED);
    assertThat(folder.resolve("out.onnx")).exists();
  }

  @Test
  void aLayerOfTokensThatIsAloneOnAGraphInput() {
    Path tokens =
        GraphBuilder.opset(17)
            .input("x", "N", 7, WIDTH)
            .random("w", 1, WIDTH, WIDTH)
            .node("only", "MatMul", "x, w", "y")
            .output("y", "N", 7, WIDTH)
            .write(folder.resolve("tokens.onnx"));
    OptimizationReport report =
        run(
            tokens,
            options(2)
                .set(PlanningOptions.CALIBRATION, "random:64")
                .set(GateOptions.GATE, false)
                .set(SelectionOptions.INCLUDE, ImmutableList.of("*")));
    assertThat(report.outcome()).isEqualTo(Outcome.OPTIMIZED);
  }

  @Test
  void aGatedPairWithAFixedBatch() {
    Path swiglu =
        GraphBuilder.opset(17)
            .input("x", 4, WIDTH)
            .random("up", 1, WIDTH, 2 * WIDTH)
            .random("gate", 2, WIDTH, 2 * WIDTH)
            .random("down", 3, 2 * WIDTH, WIDTH)
            .node("up", "MatMul", "x, up", "u")
            .node("gate", "MatMul", "x, gate", "g")
            .node("Sigmoid", "g", "s")
            .node("silu", "Mul", "g, s", "t")
            .node("product", "Mul", "t, u", "p")
            .node("down", "MatMul", "p, down", "d")
            .node("Tanh", "d", "y")
            .output("y", 4, WIDTH)
            .write(folder.resolve("swiglu.onnx"));
    OptimizationReport report =
        run(
            swiglu,
            options(2).set(PlanningOptions.CALIBRATION, "random:64").set(GateOptions.GATE, false));
    assertThat(report.outcome()).isEqualTo(Outcome.OPTIMIZED);
    assertThat(report.regions()).hasSize(1);
    assertThat(report.regions().get(0).layers()).hasSize(3);
  }
}
