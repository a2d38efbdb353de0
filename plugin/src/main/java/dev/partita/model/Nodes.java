package dev.partita.model;

import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.NodeProto;
import java.util.List;

/** Makes nodes of the default domain, and their attributes. */
public final class Nodes {

  private Nodes() {}

  /** Whether a node with a window states its padding, rather than having it follow from sizes. */
  public static boolean hasNoAutomaticPadding(NodeProto node) {
    return node.getAttributeList().stream()
        .filter(attribute -> attribute.getName().equals("auto_pad"))
        .map(attribute -> attribute.getS().toStringUtf8())
        .allMatch(pad -> pad.equals("NOTSET") || pad.equals("VALID"));
  }

  /** A node with one output. */
  public static NodeProto of(
      String operator, String name, List<String> inputs, String output, AttributeProto... with) {
    return NodeProto.newBuilder()
        .setOpType(operator)
        .setName(name)
        .addAllInput(inputs)
        .addOutput(output)
        .addAllAttribute(List.of(with))
        .build();
  }

  /** An integer attribute. */
  public static AttributeProto ofInt(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  /** An attribute that is a list of integers. */
  public static AttributeProto ofInts(String name, long... values) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
    for (long value : values) {
      attribute.addInts(value);
    }
    return attribute.build();
  }
}
