package dev.partita.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.TensorProto.DataType;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.NpzWriter;
import dev.partita.runtime.TensorDescription;
import dev.partita.workers.Workers;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a program that scores outputs gets to read. */
class MetricFilesTest {

  private static final int SAMPLES = 70;

  @TempDir private Path folder;

  /** Writes the files and keeps them. */
  private final class Keeping implements OutputMetric {
    @Override
    public String name() {
      return "keeping";
    }

    @Override
    public MetricScore score(OutputPairs outputs) {
      try {
        MetricFiles.write(outputs, folder.resolve("a.npz"), folder.resolve("b.npz"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return MetricScore.ofDrop(0);
    }
  }

  private void score(Path model, DataSet data) throws InterruptedException {
    try (Reference reference = Reference.of(model, data, Workers.of(2))) {
      Gate.check(GateLimits.DEFAULTS.withMetric(new Keeping(), 1), reference, model);
    }
  }

  private static List<TensorDescription> inputs(Path model) {
    try (InferenceSession session = InferenceSession.open(model)) {
      return session.inputs();
    }
  }

  private DataSet data(Path model, int width) {
    float[] x = new float[SAMPLES * width];
    for (int i = 0; i < x.length; i++) {
      x[i] = i + 1;
    }
    Path file =
        new NpzWriter()
            .floats("x", "(%d, %d)".formatted(SAMPLES, width), x)
            .write(folder.resolve("x.npz"));
    return DataSet.read(file.toString(), inputs(model), 1);
  }

  /** More than a batch, and a batch of fixed size whose last one has to be filled up. */
  @Test
  void everySampleIsThereOnceWhateverTheBatches() throws InterruptedException {
    for (Object batch : new Object[] {"N", 16}) {
      Path model =
          GraphBuilder.opset(17)
              .input("x", batch, 3)
              .node("Neg", "x", "y")
              .node("ReduceSum", "x", "z")
              .output("y", batch, 3)
              .write(folder.resolve("model.onnx"));
      score(model, data(model, 3));
      // Read back as inputs of a model that has the same names.
      Path same =
          GraphBuilder.opset(17)
              .input("y", "N", 3)
              .input("samples", DataType.INT64, "N")
              .node("Identity", "y", "v")
              .output("v", "N", 3)
              .write(folder.resolve("same.onnx"));
      for (String file : List.of("a.npz", "b.npz")) {
        DataSet read = DataSet.read(folder.resolve(file).toString(), inputs(same), 1);
        assertThat(read.samples()).isEqualTo(SAMPLES);
        var batches = read.batches(SAMPLES);
        var values = batches.get(0).inputs();
        for (int i = 0; i < SAMPLES * 3; i++) {
          assertThat(values.get("y").floatAt(i)).isEqualTo(-(i + 1));
        }
        for (int i = 0; i < SAMPLES; i++) {
          assertThat(values.get("samples").doubleAt(i)).isEqualTo(i);
        }
      }
    }
  }

  @Test
  void anOutputWithoutAnAxisOfSamplesIsJoinedWithItsRows()
      throws InterruptedException, IOException {
    Path model =
        GraphBuilder.opset(12)
            .input("x", "N", 3)
            .node("ReduceMean", "x", "z")
            .output("z", 1, 1)
            .write(folder.resolve("model.onnx"));
    score(model, data(model, 3));
    int batches = (SAMPLES + Reference.MOST_SAMPLES - 1) / Reference.MOST_SAMPLES;
    assertThat(shape("z")).isEqualTo("(%d, 1,)".formatted(batches));
    assertThat(shape("z.rows")).isEqualTo("(%d,)".formatted(batches));
  }

  private String shape(String array) throws IOException {
    try (ZipFile npz = new ZipFile(folder.resolve("a.npz").toFile());
        InputStream in = npz.getInputStream(npz.getEntry(array + ".npy"))) {
      String header = new String(in.readNBytes(128), StandardCharsets.ISO_8859_1);
      return header.replaceAll("(?s).*'shape': (\\([^)]*\\)).*", "$1");
    }
  }

  @Test
  void aNumberForEachBatchIsRefused() {
    Path model =
        GraphBuilder.opset(12)
            .input("x", "N", 3)
            .node("ReduceMean", "x", "z", Attributes.integer("keepdims", 0))
            .output("z")
            .write(folder.resolve("model.onnx"));
    assertThatThrownBy(() -> score(model, data(model, 3)))
        .isInstanceOf(MetricException.class)
        .hasMessage(
            "The output \"z\" cannot be handed to a metric:"
                + " it is a number for each batch, not an array.");
  }

  @Test
  void anOutputNamedLikeTheRowsOfAnotherIsRefused() {
    Path model =
        GraphBuilder.opset(12)
            .input("x", "N", 3)
            .node("ReduceMean", "x", "z")
            .node("Neg", "x", "z.rows")
            .output("z", 1, 1)
            .output("z.rows", "N", 3)
            .write(folder.resolve("model.onnx"));
    assertThatThrownBy(() -> score(model, data(model, 3)))
        .isInstanceOf(MetricException.class)
        .hasMessageContaining("the array of its rows would have the name of another output");
  }

  /** Every sample beside every other one of its batch, and the last batch is smaller. */
  @Test
  void anOutputAsWideAsItsBatchIsRefused() {
    Path model =
        GraphBuilder.opset(17)
            .input("x", "N", 3)
            .node("Transpose", "x", "t")
            .node("MatMul", "x, t", "y")
            .output("y", "N", "N")
            .write(folder.resolve("model.onnx"));
    assertThatThrownBy(() -> score(model, data(model, 3)))
        .isInstanceOf(MetricException.class)
        .hasMessageContaining("its sizes change from batch to batch, [");
  }

  @Test
  void anOutputNamedLikeAnArrayBesideItIsRefused() {
    for (String name : List.of("labels", "samples")) {
      Path model =
          GraphBuilder.opset(17)
              .input("x", "N", 3)
              .node("Neg", "x", name)
              .output(name, "N", 3)
              .write(folder.resolve("model.onnx"));
      assertThatThrownBy(() -> score(model, data(model, 3)))
          .isInstanceOf(MetricException.class)
          .hasMessageContaining("\"" + name + "\"")
          .hasMessageContaining("it has the name of an array that a metric gets next to outputs");
    }
  }
}
