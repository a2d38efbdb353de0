package dev.partita.testing;

import com.google.common.collect.ImmutableSet;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.partita.model.GraphPath;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.DeviceConfigurationProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.TensorAnnotation;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.ValueInfoProto;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compares a rewritten model with the original, field by field, unknown fields included. A rewrite
 * may put other nodes in the place of those it replaces, add initializers behind those that are
 * there, drop what nothing reads any more and what was said of values that are gone, raise the IR
 * version and add metadata and a device configuration of its own; everything else has to be the
 * same, in the same order.
 */
public final class Identity {

  private static final ImmutableSet<String> OF_GRAPHS =
      ImmutableSet.of("node", "initializer", "value_info", "quantization_annotation");

  private final Map<GraphPath, Set<Integer>> replaced;

  private Identity(Map<GraphPath, Set<Integer>> replaced) {
    this.replaced = replaced;
  }

  /**
   * The first difference that is not allowed, as the path of a field; null where there is none.
   *
   * @param replaced indices of the nodes that the rewrite replaces, for each graph of the original
   */
  public static @Nullable String difference(
      ModelProto before, ModelProto after, Map<GraphPath, Set<Integer>> replaced) {
    return new Identity(replaced).models(before, after);
  }

  private @Nullable String models(ModelProto before, ModelProto after) {
    if (after.getIrVersion() < before.getIrVersion()) {
      return "ir_version";
    }
    String fields =
        fields(
            before,
            after,
            ImmutableSet.of("graph", "ir_version", "metadata_props", "configuration"),
            "");
    if (fields != null) {
      return fields;
    }
    if (!others(before).equals(others(after))) {
      return "configuration";
    }
    List<StringStringEntryProto> metadata = new ArrayList<>(after.getMetadataPropsList());
    metadata.removeIf(entry -> entry.getKey().startsWith("dev.partita."));
    List<StringStringEntryProto> own = new ArrayList<>(before.getMetadataPropsList());
    own.removeIf(entry -> entry.getKey().startsWith("dev.partita."));
    return metadata.equals(own)
        ? graphs(GraphPath.MAIN, before.getGraph(), after.getGraph(), "graph.")
        : "metadata_props";
  }

  /** The device configurations of a model that are not of a rewrite's own. */
  private static List<DeviceConfigurationProto> others(ModelProto model) {
    return model.getConfigurationList().stream()
        .filter(configuration -> !configuration.getName().equals("dev.partita"))
        .toList();
  }

  /** Compares all fields of a message but some. */
  private static @Nullable String fields(
      Message before, Message after, ImmutableSet<String> except, String path) {
    if (!before.getUnknownFields().equals(after.getUnknownFields())) {
      return path + "unknown fields";
    }
    for (FieldDescriptor field : before.getDescriptorForType().getFields()) {
      boolean same =
          field.isRepeated()
              ? before.getField(field).equals(after.getField(field))
              : before.hasField(field) == after.hasField(field)
                  && before.getField(field).equals(after.getField(field));
      if (!except.contains(field.getName()) && !same) {
        return path + field.getName();
      }
    }
    return null;
  }

  private @Nullable String graphs(GraphPath at, GraphProto before, GraphProto after, String path) {
    String difference = fields(before, after, OF_GRAPHS, path);
    if (difference == null) {
      difference = nodes(at, before, after, path);
    }
    if (difference == null) {
      difference = initializers(before, after, path);
    }
    Set<String> values = values(after);
    if (difference == null) {
      List<ValueInfoProto> kept =
          before.getValueInfoList().stream().filter(v -> values.contains(v.getName())).toList();
      difference = kept.equals(after.getValueInfoList()) ? null : path + "value_info";
    }
    if (difference == null) {
      List<TensorAnnotation> kept =
          before.getQuantizationAnnotationList().stream()
              .filter(annotation -> isKept(annotation.getTensorName(), before, values))
              .toList();
      difference =
          kept.equals(after.getQuantizationAnnotationList())
              ? null
              : path + "quantization_annotation";
    }
    return difference;
  }

  /** What a note is about is there still, or was not in this graph before either. */
  private static boolean isKept(String value, GraphProto before, Set<String> after) {
    return after.contains(value) || !values(before).contains(value);
  }

  private static Set<String> values(GraphProto graph) {
    Set<String> values = new HashSet<>();
    graph.getInputList().forEach(input -> values.add(input.getName()));
    graph.getInitializerList().forEach(tensor -> values.add(tensor.getName()));
    graph.getNodeList().forEach(node -> values.addAll(node.getOutputList()));
    return values;
  }

  private @Nullable String nodes(GraphPath at, GraphProto before, GraphProto after, String path) {
    Set<Integer> gone = replaced.getOrDefault(at, Set.of());
    Set<String> read = read(after);
    Set<String> readBefore = read(before);
    int to = 0;
    for (int from = 0; from < before.getNodeCount(); from++) {
      NodeProto node = before.getNode(from);
      if (gone.contains(from)) {
        continue;
      }
      String difference = null;
      int found = to;
      while (found < after.getNodeCount()) {
        difference = node(at, from, node, after.getNode(found), path + "node[" + from + "].");
        if (difference == null
            || after.getNode(found).getOutputList().equals(node.getOutputList())) {
          break;
        }
        found++;
      }
      if (found == after.getNodeCount()) {
        // Dropped because its last reader is gone.
        boolean unread = node.getOutputList().stream().noneMatch(read::contains);
        if (!unread || node.getOutputList().stream().noneMatch(readBefore::contains)) {
          return path + "node[" + from + "]";
        }
      } else if (difference != null) {
        return difference;
      } else {
        to = found + 1;
      }
    }
    return null;
  }

  private @Nullable String node(
      GraphPath at, int position, NodeProto before, NodeProto after, String path) {
    String difference = fields(before, after, ImmutableSet.of("attribute"), path);
    if (difference != null) {
      return difference;
    }
    if (before.getAttributeCount() != after.getAttributeCount()) {
      return path + "attribute";
    }
    for (int i = 0; i < before.getAttributeCount(); i++) {
      AttributeProto own = before.getAttribute(i);
      AttributeProto other = after.getAttribute(i);
      String here = path + own.getName() + ".";
      difference = fields(own, other, ImmutableSet.of("g"), here);
      if (difference == null && own.hasG() != other.hasG()) {
        difference = here + "g";
      }
      if (difference == null && own.hasG()) {
        GraphPath inner = at.child(new GraphPath.Step(position, own.getName(), GraphPath.SINGLE));
        difference = graphs(inner, own.getG(), other.getG(), here + "g.");
      }
      if (difference != null) {
        return difference;
      }
    }
    return null;
  }

  private static Set<String> read(GraphProto graph) {
    Set<String> read = new HashSet<>();
    graph.getOutputList().forEach(output -> read.add(output.getName()));
    for (NodeProto node : graph.getNodeList()) {
      read.addAll(node.getInputList());
      for (AttributeProto attribute : node.getAttributeList()) {
        if (attribute.hasG()) {
          read.addAll(read(attribute.getG()));
        }
        attribute.getGraphsList().forEach(body -> read.addAll(read(body)));
      }
    }
    return read;
  }

  private static @Nullable String initializers(GraphProto before, GraphProto after, String path) {
    Set<String> read = read(after);
    Set<String> readBefore = read(before);
    List<TensorProto> kept = new ArrayList<>();
    Set<String> names = new HashSet<>();
    after.getInitializerList().forEach(tensor -> names.add(tensor.getName()));
    for (TensorProto tensor : before.getInitializerList()) {
      if (names.contains(tensor.getName())) {
        kept.add(tensor);
      } else if (read.contains(tensor.getName()) || !readBefore.contains(tensor.getName())) {
        return path + "initializer " + tensor.getName();
      }
    }
    for (int i = 0; i < kept.size(); i++) {
      if (!Objects.equals(kept.get(i), after.getInitializer(i))) {
        return path + "initializer " + kept.get(i).getName();
      }
    }
    return null;
  }
}
