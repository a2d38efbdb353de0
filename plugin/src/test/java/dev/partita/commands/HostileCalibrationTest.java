package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.ModelFile;
import dev.partita.model.OnnxModel;
import dev.partita.model.Tensors;
import dev.partita.onnx.TensorProto;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.Repair;
import dev.partita.options.RepairOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.Soften;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.run.GateFailedException;
import dev.partita.runtime.DataException;
import dev.partita.runtime.NpzWriter;
import dev.partita.spi.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Calibration data that tell little or nothing: a refusal by name, or a model whose weights are
 * numbers and which is no worse on those data than one that was not repaired.
 */
@Tag("slow")
class HostileCalibrationTest {

  private static final int WIDTH = 32;

  /** Of errors, for rounding. */
  private static final double SLACK = 1.001;

  @TempDir private Path folder;

  /** What the samples look like; one row of {@value #WIDTH} numbers each. */
  private enum Kind {
    CONSTANT(256),
    ZERO(256),
    /** Fewer samples than features. */
    TINY(12),
    ONE(1),
    TWO(2),
    /** All features are multiples of two. */
    COLLINEAR(256),
    /** Half of the features never change. */
    DEAD(256),
    /** As large as makes squares overflow. */
    HUGE(256),
    /** As small as makes squares vanish. */
    MINUTE(256);

    private final int samples;

    Kind(int samples) {
      this.samples = samples;
    }

    float[] rows() {
      SplittableRandom random = new SplittableRandom(3);
      float[] values = new float[samples * WIDTH];
      for (int row = 0; row < samples; row++) {
        double first = random.nextGaussian();
        double second = random.nextGaussian();
        for (int i = 0; i < WIDTH; i++) {
          double own = random.nextGaussian();
          values[row * WIDTH + i] =
              (float)
                  switch (this) {
                    case CONSTANT -> 0.5 + i;
                    case ZERO -> 0;
                    case TINY, ONE, TWO -> own;
                    case COLLINEAR -> i % 2 == 0 ? first * (i + 1) : second * i;
                    case DEAD -> i % 2 == 0 ? own : 1;
                    case HUGE -> own * 1e18;
                    case MINUTE -> own * 1e-25;
                  };
        }
      }
      return values;
    }
  }

  private static List<Arguments> cases() {
    List<Arguments> cases = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      for (Repair repair : Repair.values()) {
        cases.add(Arguments.of(kind, repair));
      }
    }
    return cases;
  }

  private Path model() {
    return GraphBuilder.opset(17)
        .input("x", "N", WIDTH)
        .random("w1", 1, WIDTH, 64)
        .random("b1", 2, 64)
        .random("w2", 3, 64, WIDTH)
        .node("first", "Gemm", "x, w1, b1", "a")
        .node("Relu", "a", "r")
        .node("second", "MatMul", "r, w2", "y")
        .output("y", "N", WIDTH)
        .write(folder.resolve("model.onnx"));
  }

  private Path data(String name, float[] values) {
    String shape = String.format(Locale.ROOT, "(%d, %d)", values.length / WIDTH, WIDTH);
    return new NpzWriter().floats("x", shape, values).write(folder.resolve(name));
  }

  private OptimizationReport run(Path calibration, Repair repair) {
    return run(calibration, calibration, repair, null);
  }

  /** With a limit on the error, or with the gate off. */
  private OptimizationReport run(
      Path calibration, Path validation, Repair repair, @Nullable Double limit) {
    return Optimizer.optimize(
        model(),
        folder.resolve("out.onnx"),
        Options.builder()
            .set(TargetOptions.ACCELERATORS, 2)
            .set(SelectionOptions.MIN_BLOCK, 2)
            .set(PlanningOptions.CALIBRATION, calibration.toString())
            .set(RepairOptions.VALIDATION, validation.toString())
            .set(GateOptions.MAX_RELATIVE_ERROR, limit)
            .set(GateOptions.MIN_AGREEMENT, limit == null ? null : 0.0)
            .set(RepairOptions.REPAIR, repair)
            .set(RepairOptions.DISTILL_STEPS, 40)
            .set(SelectionOptions.INCLUDE, ImmutableList.of("first", "second"))
            .set(GateOptions.GATE, limit != null)
            // Softened, some of these regions would pass.
            .set(RepairOptions.SOFTEN, Soften.NONE)
            .set(OutputOptions.OVERWRITE, true)
            .set(PlanningOptions.THREADS, 2)
            .build(),
        ProgressListener.NONE);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theResultIsSane(Kind kind, Repair repair) {
    Path calibration = data("calibration.npz", kind.rows());
    OptimizationReport report = run(calibration, repair);
    assertThat(report.outcome()).isEqualTo(OptimizationReport.Outcome.OPTIMIZED);
    requireNumbers();
    assertThat(error(report)).isFinite();
  }

  private void requireNumbers() {
    OnnxModel written = ModelFile.read(folder.resolve("out.onnx"));
    int checked = 0;
    for (TensorProto tensor : written.proto().getGraph().getInitializerList()) {
      if (Tensors.isFloat(tensor)) {
        for (int i = 0; i < Tensors.elements("", tensor); i++) {
          assertThat(Tensors.view(written, tensor).get(i)).isFinite();
          checked++;
        }
      }
    }
    assertThat(checked).isGreaterThan(WIDTH * 64);
  }

  /** What it does to other data is for the gate to find out, on validation data. */
  @ParameterizedTest
  @MethodSource("cases")
  void theSamplesThemselvesAreNotWorseOff(Kind kind, Repair repair) {
    Path calibration = data("calibration.npz", kind.rows());
    double bare = error(run(calibration, Repair.NONE));
    assertThat(error(run(calibration, repair))).isLessThanOrEqualTo(bare * SLACK + 1e-6);
  }

  /** The gate lets through what is no worse than no repair, and takes back what is. */
  @ParameterizedTest
  @MethodSource("cases")
  void whatSuffersOnOtherDataIsTakenBack(Kind kind, Repair repair) throws IOException {
    Path calibration = data("calibration.npz", kind.rows());
    Path validation = data("validation.npz", Kind.TINY.rows());
    double limit = error(run(calibration, validation, Repair.NONE, null)) * SLACK;
    boolean suffers = error(run(calibration, validation, repair, null)) > limit;
    Files.delete(folder.resolve("out.onnx"));
    if (!suffers) {
      assertThat(error(run(calibration, validation, repair, limit))).isLessThanOrEqualTo(limit);
      assertThat(folder.resolve("out.onnx")).exists();
      return;
    }
    assertThatThrownBy(() -> run(calibration, validation, repair, limit))
        .isInstanceOfSatisfying(
            GateFailedException.class,
            failure ->
                assertThat(failure.report().regions())
                    .isNotEmpty()
                    .allSatisfy(
                        region ->
                            assertThat(region.reason()).startsWith("GATE: alone, relative_error")));
    assertThat(folder.resolve("out.onnx")).doesNotExist();
  }

  /** Both ends of the test above are reached. */
  @Test
  void collinearDataHarmOthers() {
    Path validation = data("validation.npz", Kind.TINY.rows());
    double bare = error(run(validation, validation, Repair.NONE, null));
    assertThat(error(run(validation, validation, Repair.LEAST_SQUARES, null))).isLessThan(bare);
    Path collinear = data("calibration.npz", Kind.COLLINEAR.rows());
    assertThat(error(run(collinear, validation, Repair.LEAST_SQUARES, null)))
        .isGreaterThan(error(run(collinear, validation, Repair.NONE, null)) * SLACK);
  }

  private static double error(OptimizationReport report) {
    Double error = Objects.requireNonNull(report.accuracy()).outputs().get(0).relativeError();
    return Objects.requireNonNull(error);
  }

  @Test
  void noSampleIsNoData() {
    Path empty = data("empty.npz", new float[0]);
    for (Repair repair : Repair.values()) {
      assertThatThrownBy(() -> run(empty, repair))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("empty.npz");
    }
  }

  @Test
  void whatIsNoNumberIsNamed() {
    Path bad = data("bad.npz", with(Float.NaN));
    for (Repair repair : Repair.values()) {
      assertThatThrownBy(() -> run(bad, repair))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("bad.npz")
          .hasMessageContaining("\"x\"")
          .hasMessageContaining("sample 5, element 3");
    }
  }

  /** A model may well be fed infinities, as masks are; its weights must not become such. */
  @ParameterizedTest
  @EnumSource(Repair.class)
  void infinitiesDoNotReachTheWeights(Repair repair) {
    for (float infinite : new float[] {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      run(data("infinite.npz", with(infinite)), repair);
      requireNumbers();
    }
  }

  private static float[] with(float odd) {
    float[] values = Arrays.copyOf(Kind.COLLINEAR.rows(), 64 * WIDTH);
    values[5 * WIDTH + 3] = odd;
    return values;
  }
}
