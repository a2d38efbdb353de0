package dev.partita.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.partita.UnsupportedInputException;
import dev.partita.commands.Optimizer;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.options.GateOptions;
import dev.partita.options.Options;
import dev.partita.options.OutputOptions;
import dev.partita.options.PlanningOptions;
import dev.partita.options.Strategy;
import dev.partita.options.TargetOptions;
import dev.partita.report.schema.OptimizationReport;
import dev.partita.spi.ProgressListener;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Weights that are no numbers are refused by name, however the plan is made. */
class FiniteWeightsTest {

  private static final int WIDTH = 64;

  @TempDir private Path folder;

  /** Two layers that are cut and a classifier that stays whole. */
  private Path model(int layer, int place, float value) {
    GraphBuilder graph = GraphBuilder.opset(17).input("h0", "N", WIDTH);
    for (int i = 0; i < 3; i++) {
      SplittableRandom random = new SplittableRandom(i);
      float[] weights = new float[WIDTH * WIDTH];
      for (int j = 0; j < weights.length; j++) {
        weights[j] = (float) random.nextDouble();
      }
      if (i == layer) {
        weights[place] = value;
      }
      graph
          .initializer("w" + i, weights, WIDTH, WIDTH)
          .node("layer" + i, "MatMul", "h" + i + ", w" + i, "p" + i)
          .node(i < 2 ? "Relu" : "Softmax", "p" + i, "h" + (i + 1));
    }
    return graph.output("h3", "N", WIDTH).write(folder.resolve("model.onnx"));
  }

  private OptimizationReport run(Path model, Strategy strategy) {
    Options options =
        Options.builder()
            .set(TargetOptions.ACCELERATORS, 2)
            .set(GateOptions.GATE, false)
            .set(PlanningOptions.STRATEGY, strategy)
            .set(PlanningOptions.THREADS, 2)
            .set(OutputOptions.OVERWRITE, true)
            .build();
    return Optimizer.optimize(model, folder.resolve("out.onnx"), options, ProgressListener.NONE);
  }

  @ParameterizedTest
  @EnumSource(Strategy.class)
  void areRefusedByName(Strategy strategy) {
    // No weight is zero, so that nothing can be cut without a loss.
    assertThat(run(model(-1, 0, 0), strategy).regions().isEmpty())
        .isEqualTo(strategy == Strategy.LOSSLESS);
    float[] values = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY};
    for (int layer = 0; layer < 3; layer++) {
      for (float value : values) {
        for (int place : new int[] {0, WIDTH - 1, WIDTH * WIDTH - 1}) {
          Path model = model(layer, place, value);
          assertThatThrownBy(() -> run(model, strategy))
              .as("%s at %d of layer %d", value, place, layer)
              .isInstanceOf(UnsupportedInputException.class)
              .hasMessageContaining("node 'layer" + layer + "'")
              .hasMessageContaining("'w" + layer + "'")
              .hasMessageContaining("NaN or infinity");
        }
      }
    }
  }
}
