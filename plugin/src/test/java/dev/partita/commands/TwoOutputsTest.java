package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.Repair;
import dev.partita.options.RepairOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.runtime.NpzWriter;
import dev.partita.spi.ProgressListener;
import dev.partita.verify.Accuracy.GateResult;
import dev.partita.verify.Accuracy.OutputAccuracy;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A model with two heads, each with layers of its own. */
class TwoOutputsTest {

  private static final int WIDTH = 32;
  private static final int SAMPLES = 512;

  @TempDir private Path folder;

  private Path model() {
    return GraphBuilder.opset(17)
        .input("x", "N", WIDTH)
        .random("w1", 1, WIDTH, 64)
        .random("w2", 2, 64, WIDTH)
        .random("w3", 3, WIDTH, 64)
        .random("w4", 4, 64, WIDTH)
        .node("first", "MatMul", "x, w1", "a")
        .node("Relu", "a", "r")
        .node("second", "MatMul", "r, w2", "y")
        .node("third", "MatMul", "x, w3", "b")
        .node("Relu", "b", "s")
        .node("fourth", "MatMul", "s, w4", "z")
        .output("y", "N", WIDTH)
        .output("z", "N", WIDTH)
        .write(folder.resolve("model.onnx"));
  }

  private Path data(int seed) {
    Random random = new Random(seed);
    float[] x = new float[SAMPLES * WIDTH];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return new NpzWriter()
        .floats("x", "(%d, %d)".formatted(SAMPLES, WIDTH), x)
        .write(folder.resolve("x" + seed + ".npz"));
  }

  private OptimizationReport run(Repair repair, String output) {
    return Optimizer.optimize(
        model(),
        folder.resolve("out.onnx"),
        Options.builder()
            .set(TargetOptions.ACCELERATORS, 2)
            .set(SelectionOptions.INCLUDE, ImmutableList.of("*"))
            .set(PlanningOptions.CALIBRATION, data(1).toString())
            .set(RepairOptions.VALIDATION, data(2).toString())
            .set(RepairOptions.REPAIR, repair)
            .set(RepairOptions.DISTILL_STEPS, 40)
            .set(GateOptions.GATE_OUTPUT, ImmutableList.of(output))
            .set(GateOptions.MAX_RELATIVE_ERROR, 0.9)
            .set(GateOptions.MIN_AGREEMENT, 0.0)
            .set(OutputOptions.OVERWRITE, true)
            .build(),
        ProgressListener.NONE);
  }

  @ParameterizedTest
  @CsvSource({"LEAST_SQUARES,y", "LEAST_SQUARES,z", "DISTILL,y", "DISTILL,z"})
  void bothHeadsAreRepairedAndTheGateLooksAtTheOneThatIsNamed(Repair repair, String output) {
    OptimizationReport bare = run(Repair.NONE, output);
    OptimizationReport repaired = run(repair, output);
    assertThat(repaired.accuracy().outputs())
        .extracting(OutputAccuracy::name)
        .containsExactly("y", "z");
    for (int i = 0; i < 2; i++) {
      assertThat(repaired.accuracy().outputs().get(i).relativeError())
          .isLessThan(bare.accuracy().outputs().get(i).relativeError());
    }
    assertThat(repaired.accuracy().gates())
        .isNotEmpty()
        .extracting(GateResult::output)
        .containsOnly(output);
  }
}
