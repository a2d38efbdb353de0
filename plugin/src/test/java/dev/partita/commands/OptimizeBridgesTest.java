package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import dev.partita.UsageException;
import dev.partita.fixtures.Fixtures;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.ElementType;
import dev.partita.model.Scratch;
import dev.partita.model.Tensors;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorProto.DataType;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.Repair;
import dev.partita.options.RepairOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.Strategy;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.RegionReport;
import dev.partita.spi.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Bridges in whole runs. Layers whose weights have rank R have to survive any cut with bridges of
 * that rank, to rounding and ridge, whatever the plan, and not without.
 */
class OptimizeBridgesTest {

  private static final int WIDTH = 48;
  private static final int HIDDEN = 96;
  private static final int RANK = 6;

  @TempDir private Path folder;

  private static Options.Builder options(int rank) {
    return Options.builder()
        .set(TargetOptions.ACCELERATORS, 4)
        .set(SelectionOptions.MIN_BLOCK, 2)
        .set(PlanningOptions.CALIBRATION, "random:1024")
        .set(PlanningOptions.STRATEGY, Strategy.RANDOM)
        .set(RepairOptions.BRIDGE_RANK, rank)
        .set(SelectionOptions.INCLUDE, ImmutableList.of("first", "second"))
        .set(GateOptions.GATE, false)
        .set(OutputOptions.OVERWRITE, true)
        .set(PlanningOptions.THREADS, 2);
  }

  /** A matrix of rank {@value #RANK}. */
  private static TensorProto narrow(String name, ElementType format, int ins, int outs) {
    SplittableRandom random = new SplittableRandom(name.hashCode());
    float[] left = new float[ins * RANK];
    float[] right = new float[RANK * outs];
    for (float[] factor : List.of(left, right)) {
      for (int i = 0; i < factor.length; i++) {
        factor[i] = (float) random.nextGaussian();
      }
    }
    float[] product = new float[ins * outs];
    for (int k = 0; k < ins; k++) {
      for (int n = 0; n < outs; n++) {
        for (int r = 0; r < RANK; r++) {
          product[k * outs + n] += left[k * RANK + r] * right[r * outs + n];
        }
        product[k * outs + n] /= (float) Math.sqrt((double) ins * RANK);
      }
    }
    return Tensors.ofNumbers(name, format, product, Scratch.onHeap(), ins, outs);
  }

  private static GraphBuilder pair(int opset, DataType type, ElementType format) {
    return GraphBuilder.opset(opset)
        .input("x", type, "N", 3, WIDTH)
        .initializer(narrow("w1", format, WIDTH, HIDDEN))
        .initializer(narrow("w2", format, HIDDEN, WIDTH))
        .node("first", "MatMul", "x, w1", "a")
        .node("Relu", "a", "r")
        .node("second", "MatMul", "r, w2", "h")
        .output("h", type, "N", 3, WIDTH);
  }

  private OptimizationReport run(GraphBuilder graph, Options options) {
    return Optimizer.optimize(
        graph.write(folder.resolve("in.onnx")),
        folder.resolve("out.onnx"),
        options,
        ProgressListener.NONE);
  }

  private static double error(OptimizationReport report) {
    return Objects.requireNonNull(report.regions().get(0).relativeErrorAfterRepair());
  }

  @ParameterizedTest
  @CsvSource({"7", "12", "17", "22"})
  void aLayerOfTheSameRankSurvivesAnyCut(int opset) {
    GraphBuilder graph = pair(opset, DataType.FLOAT, ElementType.FLOAT);
    OptimizationReport with = run(graph, options(RANK).build());
    OptimizationReport without = run(graph, options(0).build());
    assertThat(error(with)).isLessThan(5e-3);
    assertThat(error(without)).isGreaterThan(0.3);
    RegionReport region = with.regions().get(0);
    assertThat(region.bridgeRank()).isEqualTo(RANK);
    assertThat(without.regions().get(0).bridgeRank()).isZero();
    // Both projections and what they bring to the other side: (in + out) R for each end.
    assertThat(region.parametersAfter() - without.regions().get(0).parametersAfter())
        .isEqualTo(2L * RANK * (WIDTH + HIDDEN));
  }

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"FLOAT16", "DOUBLE"})
  void otherTypesHaveBridgesInTheirOwnType(ElementType format) {
    DataType type = format == ElementType.DOUBLE ? DataType.DOUBLE : DataType.FLOAT16;
    GraphBuilder graph = pair(17, type, format);
    assertThat(error(run(graph, options(RANK).build()))).isLessThan(2e-2);
  }

  @Test
  void halfTheRankIsHalfTheWay() {
    GraphBuilder graph = pair(17, DataType.FLOAT, ElementType.FLOAT);
    double none = error(run(graph, options(0).build()));
    double half = error(run(graph, options(RANK / 2).build()));
    double full = error(run(graph, options(RANK).build()));
    assertThat(half).isBetween(full * 2, none * 0.9);
  }

  @Test
  void distillationTrainsThemToo() {
    GraphBuilder graph = pair(17, DataType.FLOAT, ElementType.FLOAT);
    double squares = error(run(graph, options(RANK / 2).build()));
    OptimizationReport distilled =
        run(
            graph,
            options(RANK / 2)
                .set(RepairOptions.REPAIR, Repair.DISTILL)
                .set(RepairOptions.DISTILL_STEPS, 300)
                .build());
    assertThat(distilled.regions().get(0).repair()).isEqualTo("distill");
    assertThat(error(distilled)).isLessThan(squares * 0.98);
  }

  @Test
  void theyCostTimeAndEnergy() {
    GraphBuilder graph = pair(17, DataType.FLOAT, ElementType.FLOAT);
    var with = Objects.requireNonNull(run(graph, options(RANK).build()).total()).privateDram();
    var without = Objects.requireNonNull(run(graph, options(0).build()).total()).privateDram();
    assertThat(with.denseOnOne()).isEqualTo(without.denseOnOne());
    assertThat(with.denseOnAll()).isEqualTo(without.denseOnAll());
    assertThat(with.pruned().cycles()).isGreaterThan(without.pruned().cycles());
    // Three rows: projection and spread once, collected numbers and rows of blocks once a branch.
    assertThat(with.pruned().macs() - without.pruned().macs())
        .isEqualTo(3L * 2 * RANK * (WIDTH + HIDDEN));
  }

  @ParameterizedTest
  @EnumSource(
      value = Strategy.class,
      names = {"CONTIGUOUS", "OPTIMIZED"})
  @Tag("slow")
  void aClassifierBehindThemIsRefitted(Strategy strategy) {
    Options.Builder options =
        Options.builder()
            .set(TargetOptions.ACCELERATORS, 8)
            .set(PlanningOptions.STRATEGY, strategy)
            .set(PlanningOptions.CALIBRATION, Fixtures.fashionCalibration(folder).toString())
            .set(RepairOptions.VALIDATION, Fixtures.fashionValidation(folder).toString())
            .set(GateOptions.GATE, false)
            .set(OutputOptions.OVERWRITE, true)
            .set(PlanningOptions.THREADS, 2);
    Path mlp = Fixtures.fashionMlp(folder);
    double without = agreement(mlp, options.set(RepairOptions.BRIDGE_RANK, 0).build());
    double with = agreement(mlp, options.set(RepairOptions.BRIDGE_RANK, 32).build());
    assertThat(with).isGreaterThan(without + 0.005);
  }

  private double agreement(Path model, Options options) {
    OptimizationReport report =
        Optimizer.optimize(model, folder.resolve("out.onnx"), options, ProgressListener.NONE);
    Double agreement = Objects.requireNonNull(report.accuracy()).outputs().get(0).agreement();
    return Objects.requireNonNull(agreement);
  }

  @Test
  void theBytesDoNotDependOnTheNumberOfThreads() throws IOException {
    GraphBuilder graph = pair(17, DataType.FLOAT, ElementType.FLOAT);
    run(graph, options(RANK).set(PlanningOptions.THREADS, 1).build());
    byte[] one = Files.readAllBytes(folder.resolve("out.onnx"));
    run(graph, options(RANK).set(PlanningOptions.THREADS, 3).build());
    assertThat(Files.readAllBytes(folder.resolve("out.onnx"))).isEqualTo(one);
  }

  @Test
  void whatSavesNothingIsRefusedByName() {
    GraphBuilder graph = pair(17, DataType.FLOAT, ElementType.FLOAT);
    OptimizationReport report = run(graph, options(WIDTH).build());
    assertThat(report.regions().get(0).bridgeRank()).isZero();
    assertThat(report.warnings())
        .anyMatch(warning -> warning.startsWith("Entry 'x' gets no bridge: rank 48 saves nothing"))
        .anyMatch(warning -> warning.startsWith("Exit 'h' gets no bridge: rank 48 saves nothing"));
  }

  @Test
  void withoutRepairTheyAreUsageErrors() {
    assertThatThrownBy(() -> options(4).set(RepairOptions.REPAIR, Repair.NONE).build())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("repair is off");
    assertThatThrownBy(() -> options(4).set(PlanningOptions.CALIBRATION, null).build())
        .isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> options(-1).build())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("-1");
  }
}
