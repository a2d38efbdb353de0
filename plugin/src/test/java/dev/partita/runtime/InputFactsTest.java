package dev.partita.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.TensorProto.DataType;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What random data and files have to be, by the model's file. */
class InputFactsTest {

  @TempDir private Path folder;

  private static List<TensorDescription> inputs(Path model) {
    try (InferenceSession session = InferenceSession.open(model)) {
      return InputFacts.of(session);
    }
  }

  /** Random token types of a table of two rows have to be 0 or 1, and masks too. */
  @Test
  void randomIndicesStayBelowTheSmallestTableThatReadsThem() {
    Path model =
        GraphBuilder.opset(17)
            .input("ids", DataType.INT32, "N", 5)
            .input("mask", DataType.INT64, "N", 5)
            .input("count", DataType.INT64, "N", 5)
            .random("small", 1, 2, 3)
            .random("large", 2, 7, 3)
            .node("Cast", "ids", "wide", Attributes.integer("to", 7))
            .node("Gather", "small, wide", "a")
            .node("Gather", "large, ids", "b")
            .node("Add", "a, b", "y")
            .node("Identity", "mask", "m")
            .node("Identity", "count", "c")
            .output("y", "N", 5, 3)
            .output("m", DataType.INT64, "N", 5)
            .output("c", DataType.INT64, "N", 5)
            .write(folder.resolve("bert.onnx"));
    List<TensorDescription> inputs = inputs(model);
    assertThat(inputs).extracting(input -> input.facts().bound()).containsExactly(2, 2, 0);
    Batch batch = DataSet.read("random:64", inputs, 1).batches(64).get(0);
    Tensor ids = batch.inputs().get("ids");
    for (int i = 0; i < ids.elements(); i++) {
      assertThat(ids.doubleAt(i)).isBetween(0.0, 1.0);
    }
  }

  @Test
  void anInputWithoutADeclaredShapeIsNotAScalar() {
    GraphProto.Builder graph = GraphProto.newBuilder().addNode(TestModels.node("Neg", "y", "x"));
    graph.addInputBuilder().setName("x").getTypeBuilder().getTensorTypeBuilder().setElemType(1);
    graph.addOutputBuilder().setName("y").getTypeBuilder().getTensorTypeBuilder().setElemType(1);
    List<TensorDescription> inputs =
        inputs(TestModels.write(folder.resolve("shapeless.onnx"), graph));
    Path file = new NpzWriter().floats("x", "(2, 3)", 1, 2, 3, 4, 5, 6).write(folder.resolve("x"));
    assertThat(DataSet.read(file.toString(), inputs, 1).samples()).isEqualTo(2);
    assertThatThrownBy(() -> DataSet.read("random", inputs, 1))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "The input \"x\" has no declared shape, so no random samples can be drawn for it.");
  }
}
