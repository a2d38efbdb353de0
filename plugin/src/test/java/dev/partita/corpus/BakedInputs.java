package dev.partita.corpus;

import com.google.protobuf.ByteString;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.ValueInfoProto;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Conformance models feed their weights as inputs. Here every input but one, taken from the data
 * set that ships with a model, becomes an initializer, so that each product gets a constant weight:
 * once with the first input left to feed, once with the next operand of the product.
 */
final class BakedInputs {

  private BakedInputs() {}

  /** Models of one product with data beside them, written below {@code into}. */
  static List<Path> of(Path model, Path into) throws IOException {
    ModelProto proto = ModelProto.parseFrom(Files.readAllBytes(model));
    Path data = model.resolveSibling("test_data_set_0");
    Optional<NodeProto> product =
        proto.getGraph().getNodeList().stream().filter(BakedInputs::isProduct).findFirst();
    List<Path> made = new ArrayList<>();
    if (product.isEmpty() || !Files.isDirectory(data)) {
      return made;
    }
    for (int i = 0; i < proto.getGraph().getInputCount(); i++) {
      boolean operand =
          product.get().getInputList().contains(proto.getGraph().getInput(i).getName());
      Path file = data.resolve("input_" + i + ".pb");
      if (operand
          && Files.exists(file)
          && TensorProto.parseFrom(Files.readAllBytes(file)).getDimsCount() > 1) {
        made.add(bake(proto, data, i, into.resolve("fed" + i)));
      }
    }
    return made;
  }

  private static boolean isProduct(NodeProto node) {
    return node.getOpType().contains("Gemm") || node.getOpType().contains("MatMul");
  }

  private static Path bake(ModelProto model, Path data, int fed, Path into) throws IOException {
    Path set = Files.createDirectories(into.resolve("test_data_set_0"));
    Set<String> initializers =
        model.getGraph().getInitializerList().stream()
            .map(TensorProto::getName)
            .collect(Collectors.toSet());
    GraphProto.Builder graph = model.getGraph().toBuilder().clearInput();
    for (int i = 0; i < model.getGraph().getInputCount(); i++) {
      ValueInfoProto input = model.getGraph().getInput(i);
      Path file = data.resolve("input_" + i + ".pb");
      if (i == fed) {
        graph.addInput(input);
        Files.copy(file, set.resolve("input_0.pb"));
      } else if (!initializers.contains(input.getName())) {
        TensorProto tensor = TensorProto.parseFrom(Files.readAllBytes(file));
        graph.addInitializer(tensor.toBuilder().setName(input.getName()));
      }
    }
    Path target = into.resolve("model.onnx");
    ModelProto baked =
        model.toBuilder().setIrVersion(Math.max(4, model.getIrVersion())).setGraph(graph).build();
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(target))) {
      baked.writeTo(out);
    }
    return target;
  }

  /**
   * The same model, beside it, whose float32 weights of two dimensions are zero outside two blocks;
   * empty where there is no such weight of at least two by two.
   */
  static Optional<Path> group(Path baked) throws IOException {
    ModelProto.Builder model = ModelProto.parseFrom(Files.readAllBytes(baked)).toBuilder();
    GraphProto.Builder graph = model.getGraphBuilder();
    Set<String> operands =
        graph.getNodeList().stream()
            .filter(BakedInputs::isProduct)
            .flatMap(node -> node.getInputList().stream().limit(2))
            .collect(Collectors.toSet());
    int grouped = 0;
    for (TensorProto.Builder tensor : graph.getInitializerBuilderList()) {
      boolean matrix =
          tensor.getDataType() == TensorProto.DataType.FLOAT_VALUE
              && tensor.getDimsCount() == 2
              && tensor.getDims(0) > 1
              && tensor.getDims(1) > 1
              && tensor.hasRawData();
      if (matrix && operands.contains(tensor.getName())) {
        tensor.setRawData(diagonal(tensor.getRawData(), tensor.getDims(0), tensor.getDims(1)));
        grouped++;
      }
    }
    if (grouped == 0) {
      return Optional.empty();
    }
    Path target = baked.resolveSibling("grouped.onnx");
    Files.write(target, model.build().toByteArray());
    return Optional.of(target);
  }

  private static ByteString diagonal(ByteString weights, long rows, long columns) {
    byte[] bytes = weights.toByteArray();
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        if (row * 2L / rows != column * 2L / columns) {
          int at = (int) (row * columns + column) * Float.BYTES;
          Arrays.fill(bytes, at, at + Float.BYTES, (byte) 0);
        }
      }
    }
    return ByteString.copyFrom(bytes);
  }
}
