package dev.partita.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.testing.Run;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FunctionOutlinerTest extends FunctionModels {

  private static final NodeProto CALL = NodeProto.newBuilder().setName("call").build();

  private static OnnxModel of(ModelProto model) {
    return new OnnxModel(model, Path.of("tested.onnx"), 0);
  }

  /** Two products side by side, and nodes between them in the file that are not between them. */
  private static ModelProto twoBranches(int ir) {
    return GraphBuilder.opset(OPSET)
        .irVersion(ir)
        .input("x", "N", 6)
        .random("w0", 1, 6, 6)
        .random("w1", 2, 6, 6)
        .node("before", "Relu", "x", "r")
        .node("first", "MatMul", "r, w0", "a")
        .node("reader", "Neg", "a", "n")
        .node("readers", "Tanh", "n", "t")
        .node("other", "Exp", "r", "e")
        .node("inner", "Abs", "a", "i")
        .node("second", "MatMul", "i, w1", "b")
        .node("after", "Sum", "b, t, e", "y")
        .shape("a", "N", 6)
        .shape("i", "N", 6)
        .shape("e", "N", 6)
        .output("y", "N", 6)
        .build();
  }

  private static ModelProto outlined(ModelProto model, String... nodes) {
    OnnxModel result =
        FunctionOutliner.outline(of(model), Set.of(nodes), "dev.partita", "r0", CALL);
    ModelCheck.require(result);
    Map<String, float[]> inputs = Run.inputs(model, 3, 7);
    for (boolean optimized : new boolean[] {false, true}) {
      float[] expected = Run.outputs(model, inputs, 3, optimized).get("y");
      float[] actual = Run.outputs(result.proto(), inputs, 3, optimized).get("y");
      assertThat(Run.relativeError(expected, actual)).isLessThan(1e-6);
    }
    return result.proto();
  }

  @Test
  void nodesBecomeOneCall() {
    ModelProto result = outlined(twoBranches(10), "first", "inner", "second");
    assertThat(operators(result.getGraph()))
        .containsExactly("Relu", "Exp", "r0", "Neg", "Tanh", "Sum");
    NodeProto call = node(result.getGraph(), "call");
    assertThat(call.getDomain()).isEqualTo("dev.partita");
    assertThat(call.getInputList()).containsExactly("r", "w0", "w1");
    assertThat(call.getOutputList()).containsExactly("a", "b");
    FunctionProto function = result.getFunctions(0);
    assertThat(function.getNodeList())
        .extracting(NodeProto::getName)
        .containsExactly("first", "inner", "second");
    assertThat(result.getOpsetImportList()).contains(imported("dev.partita", 1));
    assertThat(function.getOpsetImportList()).contains(imported("", OPSET));
  }

  /** Inner values go with the nodes, what the call makes stays known outside. */
  @Test
  void typesFollowTheirValues() {
    ModelProto result = outlined(twoBranches(10), "first", "inner", "second");
    assertThat(result.getGraph().getValueInfoList())
        .extracting(value -> value.getName())
        .containsExactlyInAnyOrder("a", "e");
    assertThat(result.getFunctions(0).getValueInfoList())
        .extracting(value -> value.getName())
        .containsExactly("i");
    ModelProto older = outlined(twoBranches(8), "first", "inner", "second");
    assertThat(older.getFunctions(0).getValueInfoList()).isEmpty();
  }

  @Test
  void inliningIsTheWayBack() {
    ModelProto result = outlined(twoBranches(10), "first", "inner", "second");
    ModelProto back = check(result);
    assertThat(operators(back.getGraph()))
        .containsExactly("Relu", "Exp", "MatMul", "Abs", "MatMul", "Neg", "Tanh", "Sum");
  }

  @Test
  void anotherFunctionKeepsItsName() {
    ModelProto once = outlined(twoBranches(10), "first", "inner", "second");
    OnnxModel twice =
        FunctionOutliner.outline(of(once), Set.of("reader", "readers"), "dev.partita", "r0", CALL);
    assertThat(twice.proto().getFunctionsList())
        .extracting(FunctionProto::getName)
        .containsExactly("r0", "r0_2");
    assertThat(twice.proto().getOpsetImportList())
        .filteredOn(set -> set.getDomain().equals("dev.partita"))
        .hasSize(1);
  }

  @Test
  void whatCannotBeOneCallIsRefused() {
    ModelProto model = twoBranches(10);
    // Their sum reads what nodes outside make of the first.
    assertThatIllegalArgumentException()
        .isThrownBy(() -> outlined(model, "first", "after"))
        .withMessageContaining("after");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> outlined(model, "nobody"))
        .withMessageContaining("nobody");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> outlined(twoBranches(7), "first"))
        .withMessageContaining("IR 7");
  }
}
