package dev.partita.cli.golden;

import com.google.errorprone.annotations.FormatMethod;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.FunctionProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.OperatorSetIdProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorProto.DataLocation;
import dev.partita.onnx.TensorProto.DataType;
import dev.partita.onnx.TensorShapeProto.Dimension;
import dev.partita.onnx.TypeProto;
import dev.partita.onnx.ValueInfoProto;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A model as text: everything but the elements of its tensors, a line for each thing, in the order
 * of the file. Two models with the same text differ in nothing but numbers of weights.
 */
final class GraphText {

  private final StringBuilder text = new StringBuilder();
  private int depth;

  private GraphText() {}

  static String of(ModelProto model) {
    GraphText text = new GraphText();
    text.line("ir %d, made by %s", model.getIrVersion(), quoted(model.getProducerName()));
    text.imports(model.getOpsetImportList());
    text.metadata(model.getMetadataPropsList());
    text.doc(model.getDocString());
    model.getConfigurationList().forEach(text::message);
    model.getFunctionsList().forEach(text::function);
    text.graph("", model.getGraph());
    return text.text.toString();
  }

  @FormatMethod
  private void line(String format, Object... values) {
    text.append("  ".repeat(depth)).append(format.formatted(values)).append('\n');
  }

  private void imports(List<OperatorSetIdProto> imports) {
    for (OperatorSetIdProto imported : imports) {
      line("import %s %d", quoted(imported.getDomain()), imported.getVersion());
    }
  }

  private void metadata(List<StringStringEntryProto> entries) {
    for (StringStringEntryProto entry : entries) {
      line("metadata %s = %s", entry.getKey(), quoted(entry.getValue()));
    }
  }

  private void doc(String sentence) {
    if (!sentence.isEmpty()) {
      line("doc %s", quoted(sentence));
    }
  }

  private void message(Message message) {
    line(
        "%s %s",
        message.getDescriptorForType().getName(),
        TextFormat.printer().emittingSingleLine(true).printToString(message));
  }

  private void function(FunctionProto function) {
    line(
        "function %s::%s(%s) -> %s, attributes %s",
        function.getDomain(),
        function.getName(),
        names(function.getInputList()),
        names(function.getOutputList()),
        names(function.getAttributeList()));
    depth++;
    imports(function.getOpsetImportList());
    metadata(function.getMetadataPropsList());
    doc(function.getDocString());
    function.getAttributeProtoList().forEach(this::attribute);
    function.getValueInfoList().forEach(value -> value("value", value));
    function.getNodeList().forEach(this::node);
    depth--;
  }

  private void graph(String attribute, GraphProto graph) {
    line("%sgraph %s", attribute, quoted(graph.getName()));
    depth++;
    metadata(graph.getMetadataPropsList());
    doc(graph.getDocString());
    graph.getInputList().forEach(value -> value("input", value));
    graph.getOutputList().forEach(value -> value("output", value));
    graph.getValueInfoList().forEach(value -> value("value", value));
    graph.getInitializerList().forEach(tensor -> line("initializer %s", tensor(tensor)));
    graph.getSparseInitializerList().forEach(t -> line("sparse %s", tensor(t.getValues())));
    graph.getQuantizationAnnotationList().forEach(this::message);
    graph.getNodeList().forEach(this::node);
    depth--;
  }

  private void value(String role, ValueInfoProto value) {
    line("%s %s: %s", role, value.getName(), type(value.getType()));
  }

  private static String type(TypeProto type) {
    if (!type.hasTensorType()) {
      return TextFormat.printer().emittingSingleLine(true).printToString(type);
    }
    String element = String.valueOf(DataType.forNumber(type.getTensorType().getElemType()));
    return type.getTensorType().hasShape()
        ? element
            + type.getTensorType().getShape().getDimList().stream()
                .map(GraphText::dimension)
                .toList()
        : element;
  }

  private static String dimension(Dimension dimension) {
    return switch (dimension.getValueCase()) {
      case DIM_VALUE -> Long.toString(dimension.getDimValue());
      case DIM_PARAM -> dimension.getDimParam();
      case VALUE_NOT_SET -> "?";
    };
  }

  private static String tensor(TensorProto tensor) {
    String text =
        "%s: %s%s"
            .formatted(
                tensor.getName(), DataType.forNumber(tensor.getDataType()), tensor.getDimsList());
    return tensor.getDataLocation() == DataLocation.EXTERNAL
        ? text
            + " external "
            + tensor.getExternalDataList().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .collect(Collectors.joining(", "))
        : text;
  }

  private void node(NodeProto node) {
    String operator =
        node.getDomain().isEmpty() ? node.getOpType() : node.getDomain() + "::" + node.getOpType();
    line(
        "node %s %s(%s) -> %s",
        quoted(node.getName()), operator, names(node.getInputList()), names(node.getOutputList()));
    depth++;
    node.getAttributeList().forEach(this::attribute);
    metadata(node.getMetadataPropsList());
    doc(node.getDocString());
    node.getDeviceConfigurationsList().forEach(this::message);
    depth--;
  }

  private void attribute(AttributeProto attribute) {
    String name = attribute.getName() + " = ";
    if (!attribute.getRefAttrName().isEmpty()) {
      line("%sattribute %s of the call", name, attribute.getRefAttrName());
      return;
    }
    switch (attribute.getType()) {
      case FLOAT -> line("%s%s", name, attribute.getF());
      case INT -> line("%s%d", name, attribute.getI());
      case STRING -> line("%s%s", name, quoted(attribute.getS().toStringUtf8()));
      case TENSOR -> line("%s%s", name, tensor(attribute.getT()));
      case FLOATS -> line("%s%s", name, attribute.getFloatsList());
      case INTS -> line("%s%s", name, attribute.getIntsList());
      case GRAPH -> graph(name, attribute.getG());
      default -> message(attribute);
    }
  }

  private static String names(List<String> names) {
    return String.join(", ", names);
  }

  private static String quoted(String value) {
    return '"' + TextFormat.escapeDoubleQuotesAndBackslashes(value).replace("\n", "\\n") + '"';
  }
}
