package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.accelerator.Comparison;
import dev.partita.accelerator.DramSharing;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.PlanningOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.Strategy;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.EstimateReport;
import dev.partita.report.schema.EstimateReport.LayerEstimate;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.spi.ProgressListener;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A target whose bandwidth depends on what a run reads, through whole runs. */
class WorkingSetTest {

  private static final int WIDTH = 64;

  @TempDir private Path folder;

  /** Four layers of 64 x 64, half of them each a region: 32 KiB in words of 16 bits. */
  private Path model() {
    GraphBuilder graph = GraphBuilder.opset(17).input("x", 1, WIDTH);
    String value = "x";
    for (int i = 0; i < 4; i++) {
      graph
          .random("w" + i, i, WIDTH, WIDTH)
          .node("layer" + i, "MatMul", value + ", w" + i, "h" + i)
          .node(i == 1 ? "Softmax" : "Relu", "h" + i, "r" + i);
      value = "r" + i;
    }
    return graph.output(value, 1, WIDTH).write(folder.resolve("model.onnx"));
  }

  private static Options options(DramSharing sharing) {
    return Options.builder()
        .set(TargetOptions.ACCELERATORS, 2)
        .set(
            TargetOptions.SET,
            ImmutableMap.of("dram.bytes_per_cycle", "{1024: 8, 1048576: 1}", "word_bits", "16"))
        .set(TargetOptions.DRAM, sharing)
        .set(SelectionOptions.INCLUDE, ImmutableList.of("*"))
        .set(SelectionOptions.MIN_BLOCK, 1)
        .set(PlanningOptions.STRATEGY, Strategy.CONTIGUOUS)
        .set(GateOptions.GATE, false)
        .set(PlanningOptions.THREADS, 2)
        .build();
  }

  @ParameterizedTest
  @EnumSource(DramSharing.class)
  void nodesRegionsAndModelAgree(DramSharing sharing) {
    Path output = folder.resolve("out.onnx");
    OptimizationReport report =
        Optimizer.optimize(model(), output, options(sharing), ProgressListener.NONE);
    Comparison total = Objects.requireNonNull(report.total()).of(sharing);
    assertThat(report.regions()).hasSize(2);
    long regions =
        report.regions().stream()
            .mapToLong(region -> region.estimate().of(sharing).pruned().cycles())
            .sum();
    assertThat(regions).isEqualTo(total.pruned().cycles());
    Map<String, Long> cycles = BranchCycles.of(output);
    long computed = total.pruned().cycles() - total.pruned().linkCycles();
    assertThat(cycles).containsExactly(Map.entry("0", computed), Map.entry("1", computed));
  }

  @Test
  void layersHaveTheBandwidthThatTheirModelHas() {
    EstimateReport report = Estimator.model(model(), options(DramSharing.PRIVATE));
    long layers =
        report.layers().stream()
            .map(LayerEstimate::estimate)
            .mapToLong(estimate -> estimate.privateDram().denseOnOne().cycles())
            .sum();
    Comparison total = Objects.requireNonNull(report.total()).privateDram();
    assertThat(layers).isEqualTo(total.denseOnOne().cycles());
    // A block of a quarter is read more than four times as fast: from a nearer cache.
    assertThat(total.denseOnOne().cycles())
        .isGreaterThan(5 * (total.pruned().cycles() - total.pruned().linkCycles()));
  }
}
