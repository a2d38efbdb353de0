package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.RepairOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.report.schema.OptimizationReport.Outcome;
import dev.partita.report.schema.OptimizationReport.RegionReport;
import dev.partita.report.schema.OptimizationReport.Status;
import dev.partita.report.schema.OptimizationReport.Step;
import dev.partita.run.GateFailedException;
import dev.partita.spi.ProgressListener;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A residual stack of five feed-forward pairs, of which some fall into two blocks and the others do
 * not: what the gate leaves rewritten is exactly what falls into blocks.
 */
class SpoiledRegionsTest {

  private static final int WIDTH = 32;
  private static final int PAIRS = 5;
  private static final double LIMIT = 0.005;

  @TempDir private Path folder;

  /** Every pair alone, every four of five, and some twos and threes: bit i for pair i. */
  private static IntStream spoiled() {
    int all = (1 << PAIRS) - 1;
    return IntStream.concat(
        IntStream.range(0, PAIRS).flatMap(i -> IntStream.of(1 << i, all - (1 << i))),
        IntStream.of(0b00011, 0b10100, 0b01110, 0b11001));
  }

  private static float[] weight(long seed, boolean blocks) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] weights = new float[WIDTH * WIDTH];
    for (int i = 0; i < weights.length; i++) {
      boolean kept = !blocks || i / WIDTH / (WIDTH / 2) == i % WIDTH / (WIDTH / 2);
      double drawn = random.nextGaussian() * 0.2;
      weights[i] = kept ? (float) drawn : 0;
    }
    return weights;
  }

  private Path model(int spoiled) {
    GraphBuilder graph = GraphBuilder.opset(17).input("x0", "N", WIDTH);
    for (int i = 0; i < PAIRS; i++) {
      boolean blocks = (spoiled >> i & 1) == 0;
      String in = "x" + i;
      graph
          .initializer("up" + i, weight(2L * i, blocks), WIDTH, WIDTH)
          .initializer("down" + i, weight(2L * i + 1, blocks), WIDTH, WIDTH)
          .node("first" + i, "MatMul", in + ", up" + i, "a" + i)
          .node("relu" + i, "Relu", "a" + i, "b" + i)
          .node("second" + i, "MatMul", "b" + i + ", down" + i, "c" + i)
          .node("add" + i, "Add", in + ", c" + i, "x" + (i + 1));
    }
    return graph.output("x" + PAIRS, "N", WIDTH).write(folder.resolve("stack.onnx"));
  }

  private OptimizationReport run(Path model) {
    return Optimizer.optimize(
        model,
        folder.resolve("out.onnx"),
        Options.builder()
            .set(TargetOptions.ACCELERATORS, 2)
            .set(SelectionOptions.MIN_BLOCK, 2)
            .set(SelectionOptions.INCLUDE, ImmutableList.of("*"))
            .set(RepairOptions.VALIDATION, "random:256")
            .set(GateOptions.MAX_RELATIVE_ERROR, LIMIT)
            .set(OutputOptions.OVERWRITE, true)
            .set(PlanningOptions.THREADS, 2)
            .build(),
        ProgressListener.NONE);
  }

  @ParameterizedTest
  @MethodSource("spoiled")
  void exactlyTheGoodRegionsStay(int spoiled) {
    OptimizationReport report = run(model(spoiled));
    assertThat(report.outcome()).isEqualTo(Outcome.OPTIMIZED);
    Set<Integer> reverted = new HashSet<>();
    for (RegionReport region : report.regions()) {
      String name = region.layers().get(0).name();
      if (region.status() == Status.REVERTED) {
        reverted.add(Integer.parseInt(name.substring(name.length() - 1)));
        assertThat(region.reason()).startsWith("GATE: alone, ");
      }
    }
    assertThat(report.regions()).hasSize(PAIRS);
    assertThat(reverted)
        .isEqualTo(
            new HashSet<>(
                IntStream.range(0, PAIRS).filter(i -> (spoiled >> i & 1) == 1).boxed().toList()));
    assertThat(report.steps()).hasSize(reverted.size());
    assertThat(report.steps()).extracting(Step::alone).allMatch(harm -> harm > LIMIT);
  }

  @Test
  void whereAllAreSpoiledEachIsGivenItsReason() {
    Path model = model((1 << PAIRS) - 1);
    assertThatThrownBy(() -> run(model))
        .isInstanceOfSatisfying(
            GateFailedException.class,
            failure -> {
              OptimizationReport report = failure.report();
              assertThat(report.outcome()).isEqualTo(Outcome.REJECTED);
              assertThat(report.steps()).hasSize(PAIRS);
              for (Step step : report.steps()) {
                assertThat(step.alone()).isNotNull().isGreaterThan(LIMIT);
                assertThat(failure)
                    .hasMessageContaining("%s %.4f".formatted(step.region(), step.alone()));
              }
            });
    assertThat(folder.toFile().list()).containsExactly("stack.onnx");
  }
}
