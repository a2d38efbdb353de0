package dev.partita.dense.find;

import static dev.partita.fixtures.Attributes.integer;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.find.WeightHolders.Held;
import dev.partita.dense.find.WeightHolders.Shares;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.fixtures.TensorValues;
import dev.partita.model.GraphIndex;
import dev.partita.model.OnnxModel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class WeightHoldersTest {

  private static Shares of(GraphBuilder graph) {
    return WeightHolders.of(
        new GraphIndex(new OnnxModel(graph.build(), Path.of("tested.onnx"), 0)));
  }

  @Test
  void everyWeightHasOneHolder() {
    GraphBuilder graph =
        GraphBuilder.opset(17)
            .input("x", "N", 8, 5, 5)
            .random("p", 1, 16, 8, 1, 1)
            .random("k", 2, 16, 1, 3, 3)
            .constant(TensorValues.random("w", 3, 0.5, 8, 400))
            .random("b", 4, 8)
            .random("unread", 5, 100)
            .integers("open", 0, -1)
            .node("point", "Conv", "x, p", "a")
            .node("depth", "Conv", "a, k", "c", integer("group", 16))
            .node("Flatten", "a", "f")
            .node("Transpose", "w", "t")
            .node("head", "Gemm", "f, t, b", "y")
            .output("y", "N", 8);
    assertThat(of(graph))
        .isEqualTo(
            new Shares(
                3208,
                ImmutableList.of(
                    new Held("grouped Conv 3x3", 1, 144), new Held("Conv 1x1", 1, 128))));
  }

  @Test
  void aTensorThatADenseLayerReadsAsWellIsItsOwn() {
    GraphBuilder graph =
        GraphBuilder.opset(17)
            .input("x", "N", 8)
            .random("w", 1, 8, 8)
            .random("table", 2, 10, 8)
            .integers("rows", 3, 1)
            .node("Gather", "w, rows", "e")
            .node("other", "Gather", "table, rows", "g")
            .node("MatMul", "x, w", "y")
            .output("y", "N", 8)
            .output("e", 2, 8)
            .output("g", 2, 8);
    assertThat(of(graph)).isEqualTo(new Shares(64, ImmutableList.of(new Held("Gather", 1, 80))));
  }
}
