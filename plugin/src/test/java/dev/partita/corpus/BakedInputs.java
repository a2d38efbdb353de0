package dev.partita.corpus;

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
}
