package dev.partita.trial;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.partita.commands.Optimizer;
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
import dev.partita.report.schema.OptimizationReport.LayerState;
import dev.partita.report.schema.OptimizationReport.RegionReport;
import dev.partita.report.schema.OptimizationReport.Step;
import dev.partita.spi.ProgressListener;
import dev.partita.verify.Accuracy;
import dev.partita.verify.Accuracy.GateResult;
import java.nio.file.Path;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A pair whose last layer makes the output, cut for four accelerators in natural order. */
class ClosingLayersTest {

  private static final int WIDTH = 64;

  @TempDir private Path folder;

  private static float[] weight(long seed, int in, int out, int blocks) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] weights = new float[in * out];
    for (int i = 0; i < weights.length; i++) {
      int row = i / out * blocks / in;
      int column = i % out * blocks / out;
      double drawn = random.nextGaussian() * 0.15;
      weights[i] = row == column ? (float) drawn : 0;
    }
    return weights;
  }

  /**
   * A pair in - 64 - out.
   *
   * @param blocks of the second layer; the first has four
   */
  private Path pair(int in, int out, int blocks) {
    return GraphBuilder.opset(17)
        .input("x", "N", in)
        .initializer("up", weight(1, in, WIDTH, 4), in, WIDTH)
        .initializer("down", weight(2, WIDTH, out, blocks), WIDTH, out)
        .node("first", "MatMul", "x, up", "h")
        .node("relu", "Relu", "h", "i")
        .node("second", "MatMul", "i, down", "y")
        .output("y", "N", out)
        .write(folder.resolve("pair.onnx"));
  }

  private static Options.Builder options() {
    return Options.builder()
        .set(TargetOptions.ACCELERATORS, 4)
        .set(SelectionOptions.MIN_BLOCK, 2)
        .set(PlanningOptions.STRATEGY, Strategy.CONTIGUOUS)
        .set(RepairOptions.VALIDATION, "random:128")
        .set(GateOptions.MIN_AGREEMENT, 0.0)
        .set(GateOptions.MAX_RELATIVE_ERROR, 0.02)
        .set(PlanningOptions.THREADS, 2);
  }

  private OptimizationReport run(Path model, Options options) {
    return Optimizer.optimize(model, folder.resolve("out.onnx"), options, ProgressListener.NONE);
  }

  /** The table without its line breaks. */
  private static String text(OptimizationReport report) {
    return ConsoleTable.of(report).replaceAll("\\s+", " ");
  }

  private static double relativeError(OptimizationReport report) {
    Accuracy accuracy = Objects.requireNonNull(report.accuracy());
    return Objects.requireNonNull(accuracy.outputs().get(0).relativeError());
  }

  private static LayerState last(OptimizationReport report) {
    RegionReport region = report.regions().get(0);
    return region.layers().get(region.layers().size() - 1).state();
  }

  @Test
  void isCutWhereThatDoesNoHarm() {
    OptimizationReport report = run(pair(WIDTH, WIDTH, 4), options().build());
    assertThat(last(report)).isEqualTo(LayerState.CUT);
    Step step = report.steps().get(0);
    assertThat(report.steps()).hasSize(1);
    assertThat(step.action()).isEqualTo(Step.CLOSING_CUT);
    assertThat(step.passed()).isTrue();
    assertThat(step.tried()).isEmpty();
    assertThat(step.metric()).isEqualTo("agreement");
    assertThat(step.value()).isEqualTo(1);
    assertThat(relativeError(report)).isLessThan(1e-5);
    assertThat(report.regions().get(0).softened()).isNull();
    assertThat(report.regions().get(0).parametersAfter()).isEqualTo(2L * WIDTH * WIDTH / 4);
    assertThat(text(report)).contains("r0 closing-cut").contains("so it is cut");
  }

  @Test
  void staysWholeWhereCuttingItDoesHarm() {
    OptimizationReport report = run(pair(WIDTH, WIDTH, 1), options().build());
    assertThat(last(report)).isEqualTo(LayerState.WHOLE);
    Step step = report.steps().get(0);
    assertThat(report.steps()).hasSize(1);
    assertThat(step.action()).isEqualTo(Step.CLOSING_WHOLE);
    assertThat(step.passed()).isTrue();
    assertThat(step.value()).isLessThan(1e-5);
    assertThat(step.aloneAfter()).isGreaterThan(0.1);
    assertThat(step.tried().get(0).passed()).isFalse();
    assertThat(report.regions().get(0).softened()).isNull();
    assertThat(report.regions().get(0).status()).isEqualTo(OptimizationReport.Status.REWRITTEN);
    assertThat(text(report)).contains("so it stays whole");
    assertThat(JsonReport.of(report)).contains("\"closing-whole\"");
  }

  /** Eight outputs are two for each of four, but hardly any of the time. */
  @Test
  void isNotTriedWhereLittleWouldBeGained() {
    OptimizationReport report = run(pair(2048, 8, 4), options().build());
    assertThat(last(report)).isEqualTo(LayerState.WHOLE);
    assertThat(report.steps()).isEmpty();
  }

  @Test
  void isLeftToThoseWhoSayWhatIsCut() {
    Path model = pair(WIDTH, WIDTH, 4);
    OptimizationReport named =
        run(model, options().set(SelectionOptions.INCLUDE, ImmutableList.of("first")).build());
    assertThat(last(named)).isEqualTo(LayerState.WHOLE);
    assertThat(named.steps()).isEmpty();
    Options measuring =
        Options.builder()
            .set(TargetOptions.ACCELERATORS, 4)
            .set(SelectionOptions.MIN_BLOCK, 2)
            .set(PlanningOptions.STRATEGY, Strategy.CONTIGUOUS)
            .set(RepairOptions.VALIDATION, "random:128")
            .set(GateOptions.GATE, false)
            .set(OutputOptions.OVERWRITE, true)
            .build();
    OptimizationReport ungated = run(model, measuring);
    assertThat(last(ungated)).isEqualTo(LayerState.WHOLE);
    assertThat(ungated.steps()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "0.98, 0.98, true",
    "0.98, 0.976, true",
    "0.98, 0.974, false",
    "0.98, 0.99, true",
    "0.951, 0.949, false",
    "0.94, 0.939, true",
    "0.98, NaN, false",
  })
  void noWorseIsWithinTheSamplingErrorAndWithinTheLimit(
      double before, double after, boolean expected) {
    assertThat(ClosingLayers.isNoWorse(agreement(before), agreement(after))).isEqualTo(expected);
  }

  private static Accuracy agreement(double value) {
    GateResult gate = new GateResult("agreement", "y", 0.95, value, 0.005, value >= 0.95);
    return new Accuracy(
        "random", 100, false, ImmutableList.of(), ImmutableList.of(gate), ImmutableList.of());
  }
}
