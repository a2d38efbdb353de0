package dev.partita.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.NodeProto;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an operator takes as an attribute before a version and as an input from it on. */
class OperatorSetTest {

  private static NodeProto node(String operator, int version) {
    OperatorSet set = new OperatorSet(version);
    OperatorSet.Constants constants = (what, values) -> what + List.of(values.length);
    Function<OperatorSet, NodeProto.Builder> made =
        switch (operator) {
          case "Slice" -> of -> of.slice("x", 1, 2, 5, constants);
          case "Split" -> of -> of.split("x", 1, new long[] {2, 3}, constants);
          case "Pad" -> of -> of.pad("x", new long[] {0, 1, 0, 2}, constants);
          case "ReduceSum" -> of -> of.reduceSum("x", true, new long[] {0, 1}, constants);
          case "ReduceMean" -> of -> of.reduceMean("x", true, new long[] {0, 1}, constants);
          default -> throw new IllegalArgumentException(operator);
        };
    return made.apply(set).build();
  }

  @ParameterizedTest
  @CsvSource({
    "Slice, 10, 'start[1], end[1], axis[1]', 'axes, starts, ends', ''",
    "Split, 13, 'sizes[2]', 'axis, split', axis",
    "Pad, 11, 'pads[4]', pads, ''",
    "ReduceSum, 13, 'axes[2]', 'axes, keepdims', keepdims",
    "ReduceMean, 18, 'axes[2]', 'axes, keepdims', keepdims"
  })
  void attributesBecomeInputs(
      String operator, int since, String inputs, String before, String after) {
    NodeProto older = node(operator, since - 1);
    assertThat(older.getInputList()).containsExactly("x");
    assertThat(attributes(older)).isEqualTo(before);
    NodeProto newer = node(operator, since);
    assertThat(String.join(", ", newer.getInputList())).isEqualTo("x, " + inputs);
    assertThat(attributes(newer)).isEqualTo(after);
    assertThat(newer.getOpType()).isEqualTo(operator);
  }

  private static String attributes(NodeProto node) {
    return String.join(
        ", ", node.getAttributeList().stream().map(AttributeProto::getName).toList());
  }
}
