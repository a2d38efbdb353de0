package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.partita.fixtures.GraphBuilder;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.Repair;
import dev.partita.options.RepairOptions;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.runtime.DataException;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.NpzWriter;
import dev.partita.runtime.Tensor;
import dev.partita.spi.ProgressListener;
import dev.partita.verify.Accuracy.OutputAccuracy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same samples give the same result, however they are padded or put into batches. */
class PaddedRunTest {

  private static final int WIDTH = 32;
  private static final int LENGTH = 6;
  private static final int SENTENCES = 64;

  @TempDir private Path folder;

  private static GraphBuilder pair(GraphBuilder graph, Object... dims) {
    return graph
        .random("w1", 1, WIDTH, 64)
        .random("w2", 3, 64, WIDTH)
        .node("first", "MatMul", "x, w1", "a")
        .node("Relu", "a", "r")
        .node("second", "MatMul", "r, w2", "y")
        .output("y", dims);
  }

  private Path sentenceModel() {
    return pair(
            GraphBuilder.opset(17)
                .input("x", "N", "L", WIDTH)
                .input("attention_mask", "N", "L")
                .node("Identity", "attention_mask", "m"),
            "N",
            "L",
            WIDTH)
        .output("m", "N", "L")
        .write(folder.resolve("sentences.onnx"));
  }

  /** The same sentences at any length; what stands in the padding is large and of its own kind. */
  private Path sentences(int length) {
    Random random = new Random(5);
    Random junk = new Random(6);
    float[] x = new float[SENTENCES * length * WIDTH];
    float[] mask = new float[SENTENCES * length];
    for (int sentence = 0; sentence < SENTENCES; sentence++) {
      for (int position = 0; position < length; position++) {
        boolean real = position < LENGTH;
        mask[sentence * length + position] = real ? 1 : 0;
        for (int i = 0; i < WIDTH; i++) {
          x[(sentence * length + position) * WIDTH + i] =
              (float)
                  (real
                      ? random.nextGaussian() * (1 + i % 5)
                      : 20 * junk.nextGaussian() * (1 + (i * 7) % 11));
        }
      }
    }
    return new NpzWriter()
        .floats("x", "(%d, %d, %d)".formatted(SENTENCES, length, WIDTH), x)
        .floats("attention_mask", "(%d, %d)".formatted(SENTENCES, length), mask)
        .write(folder.resolve("sentences" + length + ".npz"));
  }

  private Run run(Path model, Path data, Repair repair, @Nullable String mask) {
    Path output = folder.resolve("out.onnx");
    OptimizationReport report =
        Optimizer.optimize(
            model,
            output,
            Options.builder()
                .set(TargetOptions.ACCELERATORS, 2)
                .set(PlanningOptions.CALIBRATION, data.toString())
                .set(RepairOptions.VALIDATION, data.toString())
                .set(PlanningOptions.PADDING_MASK, mask)
                .set(RepairOptions.REPAIR, repair)
                .set(RepairOptions.DISTILL_STEPS, 30)
                .set(GateOptions.GATE, false)
                .set(OutputOptions.OVERWRITE, true)
                .build(),
            ProgressListener.NONE);
    return new Run(report, output);
  }

  private record Run(OptimizationReport report, Path output) {
    OutputAccuracy figures() {
      return report.accuracy().outputs().get(0);
    }

    double regionError() {
      return report.regions().get(0).relativeErrorAfterRepair();
    }

    /** What the rewritten model makes of a few fixed rows. */
    float[] probe() {
      float[] x = new float[4 * WIDTH];
      Random random = new Random(7);
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) random.nextGaussian();
      }
      try (InferenceSession session = InferenceSession.open(output)) {
        return session
            .run(
                Map.of(
                    "x",
                    Tensor.of(x, 1, 4, WIDTH),
                    "attention_mask",
                    Tensor.of(new float[] {1, 1, 1, 1}, 1, 4)),
                List.of("y"))
            .get("y")
            .toFloats();
      }
    }
  }

  private static double largestDifference(float[] a, float[] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs(a[i] - b[i]));
    }
    return largest;
  }

  @Test
  void paddingChangesNeitherPlanNorRepairNorFigures() {
    Path model = sentenceModel();
    Run bare = run(model, sentences(LENGTH), Repair.LEAST_SQUARES, null);
    float[] made = bare.probe();
    for (int length : new int[] {9, 14}) {
      Run padded = run(model, sentences(length), Repair.LEAST_SQUARES, null);
      assertThat(padded.report().warnings()).isEqualTo(bare.report().warnings());
      assertThat(largestDifference(made, padded.probe())).isLessThan(1e-3);
      assertThat(padded.regionError()).isCloseTo(bare.regionError(), within(1e-4));
      assertThat(padded.figures().relativeError())
          .isCloseTo(bare.figures().relativeError(), within(1e-4));
      assertThat(padded.figures().cosine()).isCloseTo(bare.figures().cosine(), within(1e-4));
    }
  }

  @Test
  void paddingThatIsNotMarkedChangesAllOfThem() {
    Path model = sentenceModel();
    Run bare = run(model, sentences(LENGTH), Repair.LEAST_SQUARES, null);
    float[] made = bare.probe();
    Run ignored = run(model, sentences(9), Repair.LEAST_SQUARES, "none");
    assertThat(largestDifference(made, ignored.probe())).isGreaterThan(0.1);
    assertThat(ignored.regionError()).isNotCloseTo(bare.regionError(), within(1e-2));
    // Ten times what padding that is marked may change.
    assertThat(ignored.figures().relativeError())
        .isNotCloseTo(bare.figures().relativeError(), within(1e-3));
  }

  @Test
  void distillationLearnsNothingFromPadding() {
    Path model = sentenceModel();
    float[] bare = run(model, sentences(LENGTH), Repair.DISTILL, null).probe();
    float[] padded = run(model, sentences(9), Repair.DISTILL, null).probe();
    float[] ignored = run(model, sentences(9), Repair.DISTILL, "none").probe();
    assertThat(largestDifference(bare, padded)).isLessThan(5e-3);
    assertThat(largestDifference(bare, ignored)).isGreaterThan(0.1);
  }

  @Test
  void aMaskThatIsNoInputIsRefusedByName() {
    assertThatThrownBy(() -> run(sentenceModel(), sentences(LENGTH), Repair.NONE, "attention_musk"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("no input \"attention_musk\"");
  }

  @Test
  void whatFillsAFixedBatchUpCountsNowhere() {
    Path free =
        pair(GraphBuilder.opset(17).input("x", "N", WIDTH), "N", WIDTH)
            .write(folder.resolve("free.onnx"));
    int compared = 0;
    for (int samples : new int[] {5, 3, 9}) {
      Path fixed =
          pair(GraphBuilder.opset(17).input("x", 4, WIDTH), 4, WIDTH)
              .write(folder.resolve("fixed.onnx"));
      float[] x = new float[samples * WIDTH];
      Random random = new Random(samples);
      for (int i = 0; i < x.length; i++) {
        // One sample is far larger than the others, so that counting it twice shows.
        x[i] = (float) (random.nextGaussian() * (i < WIDTH ? 5 + i % 9 : 1));
      }
      Path data =
          new NpzWriter()
              .floats("x", "(%d, %d)".formatted(samples, WIDTH), x)
              .write(folder.resolve("few.npz"));
      Run wanted = run(free, data, Repair.NONE, null);
      Run found = run(fixed, data, Repair.NONE, null);
      assertThat(found.report().accuracy().samples()).isEqualTo(samples);
      assertThat(found.report().regions().get(0).retainedImportance())
          .isCloseTo(wanted.report().regions().get(0).retainedImportance(), within(1e-6));
      assertThat(found.figures().relativeError())
          .isCloseTo(wanted.figures().relativeError(), within(1e-5));
      assertThat(found.figures().standardErrors().cosine())
          .isCloseTo(wanted.figures().standardErrors().cosine(), within(1e-5));
      compared++;
    }
    assertThat(compared).isEqualTo(3);
  }
}
