package dev.partita.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import org.junit.jupiter.api.Test;

class NamesTest {

  private static Names names(String... values) {
    GraphProto.Builder graph = GraphProto.newBuilder();
    for (String value : values) {
      graph.addNode(NodeProto.newBuilder().setName(value).addOutput(value + "_out"));
    }
    return new Names(ModelProto.newBuilder().setGraph(graph).build());
  }

  @Test
  void isTheWantedNameOrTheFirstFreeOneBehindIt() {
    Names names = names("a", "b_2");
    assertThat(names.fresh("c")).isEqualTo("c");
    assertThat(names.fresh("a")).isEqualTo("a_2");
    assertThat(names.fresh("a")).isEqualTo("a_3");
    assertThat(names.fresh("a_out")).isEqualTo("a_out_2");
    assertThat(names.fresh("b")).isEqualTo("b");
    assertThat(names.fresh("b")).isEqualTo("b_3");
  }

  /** Else ONNX Runtime 1.18 gives the cast of x/branch0 the name of the copy of the cast of x. */
  @Test
  void isNoNameThatOnnxRuntimeGivesItsOwnCasts() {
    Names names = names("InsertedPrecisionFreeCast_x");
    assertThat(names.fresh("InsertedPrecisionFreeCast_x/branch0")).isEqualTo("Cast_x/branch0");
    assertThat(names.fresh("InsertedPrecisionFreeCast_x/branch0")).isEqualTo("Cast_x/branch0_2");
  }
}
