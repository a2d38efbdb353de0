package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.partita.accelerator.DramSharing;
import dev.partita.accelerator.Targets;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.PlanningOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.Strategy;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.EstimateReport;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.Outcome;
import dev.partita.spi.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two accelerators, one with half the bandwidth, through whole runs. */
class OptimizeUnequalTest {
  private static final int WIDTH = 256;

  /** Branches end this close together: the slowest over the mean. */
  private static final double MOST_IMBALANCE = 1.025;

  @TempDir Path folder;
  private Path target = Path.of("");

  @BeforeEach
  void writeTarget() throws IOException {
    String yaml =
        Targets.named("tetris-3d")
            .toYaml()
            .replace(
                "accelerators: 4\n", "accelerators:\n  - {}\n  - {dram: {bytes_per_cycle: 10}}\n");
    target = Files.writeString(folder.resolve("unequal.yaml"), yaml);
  }

  private Path model() {
    return GraphBuilder.opset(17)
        .input("x", "N", WIDTH)
        .random("w1", 1, WIDTH, 2 * WIDTH)
        .node("first", "MatMul", "x, w1", "a")
        .node("Relu", "a", "b")
        .random("w2", 2, 2 * WIDTH, WIDTH)
        .node("second", "MatMul", "b, w2", "c")
        .node("Softmax", "c", "y")
        .output("y", "N", WIDTH)
        .write(folder.resolve("model.onnx"));
  }

  private Options.Builder options() {
    return Options.builder()
        .set(TargetOptions.TARGET, target.toString())
        .set(SelectionOptions.INCLUDE, ImmutableList.of("*"))
        .set(PlanningOptions.THREADS, 2);
  }

  @ParameterizedTest
  @CsvSource({"CONTIGUOUS, false", "RANDOM, false", "OPTIMIZED, false", "OPTIMIZED, true"})
  void branchesEndTogether(Strategy strategy, boolean calibrated) throws IOException {
    Path output = folder.resolve("out.onnx");
    Options.Builder options =
        options().set(PlanningOptions.STRATEGY, strategy).set(GateOptions.GATE, false);
    if (calibrated) {
      options.set(PlanningOptions.CALIBRATION, "random:512");
    }
    OptimizationReport report =
        Optimizer.optimize(model(), output, options.build(), ProgressListener.NONE);
    assertThat(report.outcome()).isEqualTo(Outcome.OPTIMIZED);
    assertThat(report.target().equalAccelerators()).isFalse();
    assertThat(report.target().accelerators()).isEqualTo(2);
    assertThat(imbalance(report.total())).isBetween(1.0, MOST_IMBALANCE);
    assertThat(report.operatorsNotCosted())
        .containsEntry("Relu", 2)
        .containsEntry("Softmax", 1)
        .containsEntry("Concat", 1)
        .doesNotContainKey("MatMul");

    Map<String, Long> cycles = BranchCycles.of(output);
    assertThat(cycles.keySet()).containsExactly("0", "1");
    long fast = cycles.getOrDefault("0", 0L);
    long slow = cycles.getOrDefault("1", 0L);
    assertThat((double) Math.max(fast, slow) / Math.min(fast, slow)).isBetween(1.0, 1.05);
  }

  @Test
  void anEstimateHasTheSameBlocks() {
    EstimateReport ofModel = Estimator.model(model(), options().build());
    assertThat(imbalance(ofModel.total())).isBetween(1.0, MOST_IMBALANCE);
    assertThat(ofModel.operatorsNotCosted())
        .containsExactly(Map.entry("Relu", 1), Map.entry("Softmax", 1));
    EstimateReport ofChain =
        Estimator.chain(
            List.of((long) WIDTH, 2L * WIDTH, (long) WIDTH),
            1,
            /* lastWhole= */ false,
            options().build());
    assertThat(ofChain.total()).isEqualTo(ofModel.total());
  }

  @Test
  void largeHeadsAreBalancedCloser() {
    EstimateReport report =
        Estimator.chain(
            List.of(25_088L, 4_096L, 4_096L, 1_000L), 1, /* lastWhole= */ true, options().build());
    assertThat(imbalance(report.total())).isBetween(1.0, 1.005);
  }

  private static double imbalance(OptimizationReport.RegionEstimate estimate) {
    return estimate.of(DramSharing.PRIVATE).pruned().loadImbalance();
  }
}
