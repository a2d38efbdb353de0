package dev.partita.dense.find;

import static org.assertj.core.api.Assertions.assertThat;

import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.ElementType;
import dev.partita.model.GraphIndex;
import dev.partita.model.OnnxModel;
import dev.partita.model.Scratch;
import dev.partita.model.Tensors;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorProto.DataType;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a constant operand is traced back to, and what is not followed. */
class ConstantSourceTest {

  private static GraphBuilder graph() {
    return GraphBuilder.opset(21)
        .input("x", "N", 6)
        .random("w", 1, 4, 6)
        .random("cube", 2, 2, 3, 4)
        .integers("flat", 24)
        .integers("matrix", 4, 6)
        .integers("turn", 6, 4)
        .initializer(numbers("q", ElementType.INT8, 4, 6))
        .initializer(numbers("rows", ElementType.FLOAT, 4))
        .initializer(numbers("columns", ElementType.FLOAT, 6))
        .initializer(numbers("blocks", ElementType.FLOAT, 2, 6));
  }

  private static TensorProto numbers(String name, ElementType format, long... dims) {
    int size = 1;
    for (long dim : dims) {
      size *= (int) dim;
    }
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = i + 1;
    }
    return Tensors.ofNumbers(name, format, values, Scratch.onHeap(), dims);
  }

  private static OnnxModel model(GraphBuilder graph) {
    return new OnnxModel(graph.output("out").build(), Path.of("held.onnx"), 0);
  }

  private static @Nullable ConstantSource source(GraphBuilder graph) {
    return ConstantSource.of(new GraphIndex(model(graph)), "out");
  }

  private static float[] values(GraphBuilder graph) {
    OnnxModel model = model(graph);
    ConstantSource source = ConstantSource.of(new GraphIndex(model), "out");
    assertThat(source).isNotNull();
    return source == null ? new float[0] : ConstantValues.of(model, source);
  }

  @Test
  void shapesAndElementsFollowEveryStep() {
    GraphBuilder graph = graph().integers("zero", 0).integers("two", 2);
    graph
        .node("Transpose", "cube", "a", Attributes.integers("perm", 2, 0, 1))
        .node("Unsqueeze", "a, zero", "b")
        .node("Transpose", "b", "c", Attributes.integers("perm", 3, 1, 0, 2))
        .node("Squeeze", "c, two", "out");
    ConstantSource source = source(graph);
    assertThat(source).isNotNull();
    assertThat(source == null ? List.of() : source.dims()).containsExactly(3L, 4L, 2L);
  }

  @Test
  void aRegroupedTensorIsReadInItsOwnOrder() {
    float[] plain = values(graph().node("Identity", "w", "out"));
    float[] regrouped =
        values(graph().node("Reshape", "w, flat", "a").node("Reshape", "a, matrix", "out"));
    assertThat(regrouped).containsExactly(plain);
  }

  @Test
  void aRegroupingBehindATransposeIsNotFollowed() {
    assertThat(source(graph().node("Transpose", "w", "a").node("Reshape", "a, matrix", "out")))
        .isNull();
  }

  @Test
  void scalesMoveWithTheirAxis() {
    float[] byRows =
        values(
            graph()
                .node("DequantizeLinear", "q, rows", "a", Attributes.integer("axis", 0))
                .node("Transpose", "a", "out"));
    for (int row = 0; row < 4; row++) {
      for (int column = 0; column < 6; column++) {
        assertThat(byRows[column * 4 + row]).isEqualTo((row * 6 + column + 1) * (row + 1f));
      }
    }
    float[] byColumns =
        values(
            graph().node("DequantizeLinear", "q, columns", "out", Attributes.integer("axis", 1)));
    for (int i = 0; i < 24; i++) {
      assertThat(byColumns[i]).isEqualTo((i + 1) * (i % 6 + 1f));
    }
  }

  @Test
  void scalesThatDoNotFitAreNotFollowed() {
    assertThat(
            source(
                graph().node("DequantizeLinear", "q, rows", "out", Attributes.integer("axis", 1))))
        .isNull();
    assertThat(
            source(
                graph()
                    .node(
                        "DequantizeLinear",
                        "q, blocks",
                        "out",
                        Attributes.integer("axis", 0),
                        Attributes.integer("block_size", 2))))
        .isNull();
  }

  @Test
  void whatIsComputedOrNoNumberIsNotFollowed() {
    assertThat(source(graph().node("Relu", "w", "out"))).isNull();
    assertThat(
            source(graph().node("Cast", "w", "out", Attributes.integer("to", DataType.BOOL_VALUE))))
        .isNull();
    assertThat(source(graph().node("Identity", "x", "out"))).isNull();
  }

  @Test
  void castsRound() {
    float[] rounded =
        values(
            graph()
                .node("Cast", "w", "a", Attributes.integer("to", DataType.FLOAT16_VALUE))
                .node("Cast", "a", "out", Attributes.integer("to", DataType.FLOAT_VALUE)));
    float[] plain = values(graph().node("Identity", "w", "out"));
    for (int i = 0; i < plain.length; i++) {
      assertThat(rounded[i]).isEqualTo(ElementType.FLOAT16.rounded(plain[i]));
    }
    assertThat(rounded).isNotEqualTo(plain);
  }

  @Test
  void anEndlessChainIsGivenUp() {
    GraphBuilder graph = graph().node("Identity", "w", "i0");
    for (int i = 1; i < 40; i++) {
      graph.node("Identity", "i" + (i - 1), "i" + i);
    }
    assertThat(source(graph.node("Identity", "i39", "out"))).isNull();
  }
}
