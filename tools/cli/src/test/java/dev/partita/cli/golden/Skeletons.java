package dev.partita.cli.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.GraphProto;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.TensorProto;
import dev.partita.onnx.TensorProto.DataLocation;
import dev.partita.onnx.TensorProto.DataType;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipFile;

/** Models that others exported, without their large weights: see fixtures/README.md. */
final class Skeletons {

  private static final Path ARCHIVE = Path.of("..", "..", "fixtures", "corpus", "skeletons.zip");

  private final ModelProto model;
  private final Map<String, JsonNode> removed = new HashMap<>();

  private Skeletons(String name) throws IOException {
    try (ZipFile zip = new ZipFile(ARCHIVE.toFile())) {
      model = ModelProto.parseFrom(zip.getInputStream(zip.getEntry(name + ".onnx")));
      new ObjectMapper()
          .readTree(zip.getInputStream(zip.getEntry(name + ".json")))
          .forEach(entry -> removed.put(entry.get("name").asText(), entry));
    }
  }

  /** Writes a model with weights drawn with the mean and the deviation of those removed. */
  static void filled(String name, Path file) throws IOException {
    Skeletons skeleton = new Skeletons(name);
    Files.write(file, skeleton.with(skeleton::drawn).toByteArray());
  }

  /** Writes a model with zeros for weights, which take no room: they lie in a file of holes. */
  static void hollow(String name, Path file) throws IOException {
    Skeletons skeleton = new Skeletons(name);
    Path weights = file.resolveSibling("weights.bin");
    long[] size = {0};
    ModelProto hollow = skeleton.with(tensor -> external(tensor, size));
    try (RandomAccessFile zeros = new RandomAccessFile(weights.toFile(), "rw")) {
      zeros.setLength(size[0]);
    }
    Files.write(file, hollow.toByteArray());
  }

  @FunctionalInterface
  private interface Weights {
    TensorProto of(TensorProto empty);
  }

  private ModelProto with(Weights weights) {
    GraphProto.Builder graph = model.getGraph().toBuilder();
    for (TensorProto.Builder tensor : graph.getInitializerBuilderList()) {
      if (removed.containsKey(tensor.getName())) {
        TensorProto made = weights.of(tensor.build());
        tensor.clear().mergeFrom(made);
      }
    }
    for (NodeProto.Builder node : graph.getNodeBuilderList()) {
      if (node.getOpType().equals("Constant") && removed.containsKey(node.getOutput(0))) {
        AttributeProto.Builder value = node.getAttributeBuilder(0);
        value.setT(weights.of(value.getT().toBuilder().setName(node.getOutput(0)).build()));
      }
    }
    return model.toBuilder().setGraph(graph).build();
  }

  private TensorProto drawn(TensorProto empty) {
    JsonNode entry = removed.get(empty.getName());
    return StoredTensors.normal(
        empty.getName(),
        DataType.valueOf(entry.get("type").asText()),
        entry.get("std").asDouble(),
        empty.getDimsList().stream().mapToLong(Long::longValue).toArray());
  }

  private static TensorProto external(TensorProto empty, long[] size) {
    long elements = empty.getDimsList().stream().reduce(1L, Math::multiplyExact);
    long bytes = elements * (empty.getDataType() == DataType.FLOAT16_VALUE ? 2 : 4);
    long offset = size[0];
    size[0] += bytes;
    return empty.toBuilder()
        .setDataLocation(DataLocation.EXTERNAL)
        .addExternalData(entry("location", "weights.bin"))
        .addExternalData(entry("offset", Long.toString(offset)))
        .addExternalData(entry("length", Long.toString(bytes)))
        .build();
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }
}
