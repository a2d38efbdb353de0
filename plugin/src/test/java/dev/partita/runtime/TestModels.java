package dev.partita.runtime;

import com.google.common.primitives.Floats;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.OperatorSetIdProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorShapeProto;
import dev.partita.onnx.TypeProto;
import dev.partita.onnx.ValueInfoProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Models of one or two nodes for the tests of sessions and comparisons. */
public final class TestModels {
  private TestModels() {}

  /** {@code y = x . weight}, {@code x} of shape [batch, in], weight row-major [in, out]. */
  public static Path matMul(Path file, int in, int out, float... weight) {
    return write(
        file,
        GraphProto.newBuilder()
            .addInput(value("x", 1, "batch", in))
            .addOutput(value("y", 1, "batch", out))
            .addInitializer(weights("w", weight, in, out))
            .addNode(node("MatMul", "y", "x", "w")));
  }

  /** {@code y = x} for any element type; a dimension is a name or a number. */
  public static Path identity(Path file, int type, Object... shape) {
    return write(
        file,
        GraphProto.newBuilder()
            .addInput(value("x", type, shape))
            .addOutput(value("y", type, shape))
            .addNode(node("Identity", "y", "x")));
  }

  public static Path write(Path file, GraphProto.Builder graph) {
    ModelProto model =
        ModelProto.newBuilder()
            .setIrVersion(8)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(17))
            .setGraph(graph.setName("test"))
            .build();
    try {
      return Files.write(file, model.toByteArray());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  public static NodeProto.Builder node(String operator, String output, String... inputs) {
    return NodeProto.newBuilder()
        .setOpType(operator)
        .addOutput(output)
        .addAllInput(List.of(inputs));
  }

  public static AttributeProto.Builder attribute(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value);
  }

  public static TensorProto.Builder weights(String name, float[] values, long... shape) {
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(1)
        .addAllDims(Arrays.stream(shape).boxed().toList())
        .addAllFloatData(Floats.asList(values));
  }

  public static ValueInfoProto.Builder value(String name, int type, Object... shape) {
    TensorShapeProto.Builder dimensions = TensorShapeProto.newBuilder();
    for (Object dimension : shape) {
      if (dimension instanceof Integer size) {
        dimensions.addDimBuilder().setDimValue(size);
      } else {
        dimensions.addDimBuilder().setDimParam((String) dimension);
      }
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder().setElemType(type).setShape(dimensions)));
  }
}
