package dev.partita.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.partita.fixtures.GraphBuilder;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data of models whose graph fixes how many samples they take. */
class ModelDataTest {

  private static final int SAMPLES = 5;

  @TempDir private Path folder;

  private static ReadingOptions options(int batch) {
    return new ReadingOptions(
        1,
        ImmutableMap.of(),
        null,
        ImmutableMap.of(),
        batch == 0 ? null : batch,
        ImmutableSet.of());
  }

  private DataSet read(int batch, long... shape) {
    Path model =
        GraphBuilder.opset(17)
            .input("x", "N", 2, 4)
            .integers("shape", shape)
            .random("w", 1, 8, 3)
            .node("Reshape", "x, shape", "flat")
            .node("MatMul", "flat, w", "y")
            .output("y", "N", 3)
            .write(folder.resolve("in.onnx"));
    try (ModelData data = ModelData.of(model)) {
      return Objects.requireNonNull(data.read("random:" + SAMPLES, options(batch)));
    }
  }

  @Test
  void aReshapeToOneSampleMeansOneAtATime() {
    DataSet data = read(0, 1, 8);
    assertThat(data.batches(64)).extracting(Batch::samples).containsExactly(1, 1, 1, 1, 1);
    assertThat(data.warnings())
        .singleElement()
        .asString()
        .endsWith("in.onnx runs one sample at a time, because a Reshape in it fixes the batch.");
  }

  /** Two samples become one row of twice the features, which the product refuses. */
  @Test
  void soDoesOneThatLeavesTheFeaturesOpen() {
    assertThat(read(0, 1, -1).batches(64)).hasSize(SAMPLES);
  }

  @Test
  void aReshapeThatKeepsTheSamplesIsNoReason() {
    DataSet data = read(0, 0, 8);
    assertThat(data.batches(64)).hasSize(1);
    assertThat(data.warnings()).isEmpty();
    assertThat(read(0, -1, 8).batches(64)).hasSize(1);
  }

  @Test
  void aBatchThatIsAskedForIsFilledUp() {
    DataSet data = read(2, 2, 8);
    assertThat(data.batches(64)).extracting(Batch::samples).containsExactly(2, 2, 2);
    assertThat(data.batches(64)).extracting(Batch::counted).containsExactly(2, 2, 1);
    assertThat(data.warnings()).isEmpty();
  }

  /** One sample does not run either, so what ONNX Runtime says is said where it is run. */
  @Test
  void whatDoesNotRunAtAllIsLeftToTheRun() {
    assertThat(read(0, 4, 8).batches(64)).hasSize(1);
  }

  @Test
  void noDataIsNone() {
    Path model =
        GraphBuilder.opset(17)
            .input("x", "N", 2)
            .node("Relu", "x", "y")
            .output("y", "N", 2)
            .write(folder.resolve("in.onnx"));
    try (ModelData data = ModelData.of(model)) {
      assertThat(data.read(null, options(0))).isNull();
    }
  }
}
