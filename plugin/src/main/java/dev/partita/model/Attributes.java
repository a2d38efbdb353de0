package dev.partita.model;

import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.NodeProto;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads attributes of nodes. */
public final class Attributes {

  private Attributes() {}

  /** The attribute of a name; null where the node has none. */
  public static @Nullable AttributeProto of(NodeProto node, String name) {
    for (AttributeProto attribute : node.getAttributeList()) {
      if (attribute.getName().equals(name)) {
        return attribute;
      }
    }
    return null;
  }

  /** Whether a node has a graph of its own. */
  public static boolean hasBody(NodeProto node) {
    return node.getAttributeList().stream()
        .anyMatch(attribute -> attribute.hasG() || attribute.getGraphsCount() > 0);
  }

  /** An integer, or what it is where the node does not say. */
  public static long integer(NodeProto node, String name, long absent) {
    AttributeProto attribute = of(node, name);
    return attribute == null ? absent : attribute.getI();
  }

  /** A number, or what it is where the node does not say. */
  public static float number(NodeProto node, String name, float absent) {
    AttributeProto attribute = of(node, name);
    return attribute == null ? absent : attribute.getF();
  }

  /** A list of integers; null where the node does not say. */
  public static @Nullable List<Long> ints(NodeProto node, String name) {
    AttributeProto attribute = of(node, name);
    return attribute == null ? null : attribute.getIntsList();
  }

  /** A node with one integer attribute set, whatever it was. */
  public static NodeProto.Builder withInteger(NodeProto node, String name, long value) {
    NodeProto.Builder changed = node.toBuilder();
    for (int i = 0; i < changed.getAttributeCount(); i++) {
      if (changed.getAttribute(i).getName().equals(name)) {
        return changed.setAttribute(i, Nodes.ofInt(name, value));
      }
    }
    return changed.addAttribute(Nodes.ofInt(name, value));
  }
}
