package dev.partita.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableIntArray;
import com.google.protobuf.ByteString;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.TensorProto;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each invariant is broken once; and the smaller parts of editing. */
class GraphInvariantsTest {

  private static final ModelProto MODEL =
      GraphBuilder.opset(17)
          .input("x", "N", 4)
          .random("w", 1, 4, 4)
          .node("first", "MatMul", "x, w", "h")
          .node("second", "Relu", "h", "y")
          .output("y", "N", 4)
          .build();

  private static void assertBroken(
      ModelProto before, String word, Consumer<GraphProto.Builder> edit) {
    ModelProto.Builder after = before.toBuilder();
    edit.accept(after.getGraphBuilder());
    ModelProto broken = after.build();
    assertThatThrownBy(() -> GraphInvariants.check(before, broken))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(word);
  }

  @Test
  void anUnchangedModelHolds() {
    assertThatCode(() -> GraphInvariants.check(MODEL, MODEL)).doesNotThrowAnyException();
  }

  @Test
  void inputsAndOutputsStay() {
    assertBroken(MODEL, "outputs changed", g -> g.getOutputBuilder(0).setName("h"));
    assertBroken(MODEL, "inputs changed", g -> g.addInput(g.getInput(0).toBuilder().setName("z")));
    ModelProto old = MODEL.toBuilder().setIrVersion(3).build();
    assertBroken(old, "inputs changed", g -> g.addInput(g.getInput(0).toBuilder().setName("z")));
  }

  @Test
  void valuesAreMadeOnceAndBeforeTheirUse() {
    assertBroken(MODEL, "before it is made", g -> g.getNodeBuilder(0).setInput(0, "nothing"));
    assertBroken(MODEL, "before it is made", g -> g.addNode(g.getNode(0)).removeNode(0));
    assertBroken(MODEL, "made twice", g -> g.addNode(g.getNode(1)));
    assertBroken(MODEL, "share a name", g -> g.getNodeBuilder(0).setOutput(0, "w"));
    assertBroken(MODEL, "nothing makes output", g -> g.removeNode(1));
  }

  @Test
  void constantsAreNewAndWhole() {
    assertBroken(MODEL, "initializer twice", g -> g.addInitializer(g.getInitializer(0)));
    assertBroken(
        MODEL,
        "wrong length",
        g ->
            g.addInitializer(
                Tensors.ofFloats("new", new float[] {1, 2}, 2).toBuilder()
                    .setRawData(ByteString.copyFrom(new byte[7]))));
  }

  @Test
  void newNodesHaveNamesOfTheirOwn() {
    assertBroken(
        MODEL,
        "name twice",
        g ->
            g.addNode(Nodes.of("Relu", "same", List.of("h"), "a"))
                .addNode(Nodes.of("Relu", "same", List.of("h"), "b")));
  }

  @Test
  void editsOfTheSameNodeDoNotMerge() {
    GraphEdit first =
        new GraphEdit(ImmutableSet.of(0), ImmutableListMultimap.of(), ImmutableList.of());
    GraphEdit second =
        new GraphEdit(ImmutableSet.of(1), ImmutableListMultimap.of(), ImmutableList.of());
    assertThat(GraphEdit.merge(List.of(first, second)).replaced()).containsExactly(0, 1);
    assertThatThrownBy(() -> GraphEdit.merge(List.of(first, second, first)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(GraphEdit.NONE.isEmpty()).isTrue();
    assertThat(first.isEmpty()).isFalse();
    assertThatThrownBy(
            () ->
                new GraphEdit(
                    ImmutableSet.of(),
                    ImmutableListMultimap.of(0, MODEL.getGraph().getNode(0)),
                    ImmutableList.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void freshNamesAreTakenByNothing() {
    Names names = new Names(new GraphIndex(model(MODEL)));
    assertThat(names.fresh("new")).isEqualTo("new");
    assertThat(names.fresh("new")).isEqualTo("new_2");
    assertThat(names.fresh("new")).isEqualTo("new_3");
    for (String taken : List.of("x", "w", "h", "y", "first")) {
      assertThat(names.fresh(taken)).isEqualTo(taken + "_2");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "11, 6, 1.2",
    "12, 7, 1.3",
    "13, 7, 1.6",
    "13, 8, 1.9",
    "17, 8, 1.12",
    "18, 8, 1.14",
    "21, 10, 1.18",
    "7, 10, 1.18",
    "26, 13, 1.26",
    "27, 8, ",
    "17, 14, "
  })
  void theOldestRuntimeThatLoadsAModel(int opset, int ir, String release) {
    ModelProto.Builder proto = MODEL.toBuilder().setIrVersion(ir);
    proto.getOpsetImportBuilder(0).setVersion(opset);
    assertThat(RuntimeVersions.oldestFor(model(proto.build()))).isEqualTo(release);
  }

  @Test
  void columnsOfTypedDataAreSelected() {
    TensorProto typed =
        TensorProto.newBuilder()
            .setName("t")
            .setDataType(TensorProto.DataType.INT8_VALUE)
            .addDims(2)
            .addDims(3)
            .addAllInt32Data(List.of(1, 2, 3, -4, 5, 6))
            .build();
    TensorProto selected =
        TensorCut.cut(
            model(MODEL),
            typed,
            typed.getDimsList(),
            ImmutableIntArray.of(0, 1),
            Arrays.asList(null, new int[] {2, 0}),
            "s",
            Scratch.onHeap());
    assertThat(selected.getDimsList()).containsExactly(2L, 2L);
    assertThat(selected.getRawData().toByteArray()).containsExactly(3, 1, 6, -4);
  }

  private static OnnxModel model(ModelProto proto) {
    return new OnnxModel(proto, Path.of("held.onnx"), 0);
  }
}
