package dev.partita.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Longs;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumValueDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.MessageOptions;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import dev.partita.UnsupportedInputException;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.TensorProto.DataType;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.ManifestReader;
import dev.partita.runtime.ShardManifest;
import dev.partita.runtime.ShardManifest.Stage;
import dev.partita.runtime.ShardedSession;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Parses what is written with a schema of the fields in use, names, numbers and types those of the
 * published {@code model_config.proto}; a field that is not there fails. No server is asked.
 */
class TritonRepositoryTest {

  private static Descriptor config;

  @TempDir private Path folder;

  @BeforeAll
  static void describe() throws Exception {
    DescriptorProto reshape =
        message(
            "ModelTensorReshape",
            field(
                "shape",
                1,
                FieldDescriptorProto.Type.TYPE_INT64,
                FieldDescriptorProto.Label.LABEL_REPEATED));
    DescriptorProto input =
        message(
            "ModelInput",
            field(
                "name",
                1,
                FieldDescriptorProto.Type.TYPE_STRING,
                FieldDescriptorProto.Label.LABEL_OPTIONAL),
            reference(
                "data_type",
                2,
                FieldDescriptorProto.Type.TYPE_ENUM,
                "DataType",
                FieldDescriptorProto.Label.LABEL_OPTIONAL),
            field(
                "dims",
                4,
                FieldDescriptorProto.Type.TYPE_INT64,
                FieldDescriptorProto.Label.LABEL_REPEATED),
            reference(
                "reshape",
                5,
                FieldDescriptorProto.Type.TYPE_MESSAGE,
                "ModelTensorReshape",
                FieldDescriptorProto.Label.LABEL_OPTIONAL));
    DescriptorProto output =
        message(
            "ModelOutput",
            field(
                "name",
                1,
                FieldDescriptorProto.Type.TYPE_STRING,
                FieldDescriptorProto.Label.LABEL_OPTIONAL),
            reference(
                "data_type",
                2,
                FieldDescriptorProto.Type.TYPE_ENUM,
                "DataType",
                FieldDescriptorProto.Label.LABEL_OPTIONAL),
            field(
                "dims",
                3,
                FieldDescriptorProto.Type.TYPE_INT64,
                FieldDescriptorProto.Label.LABEL_REPEATED),
            reference(
                "reshape",
                5,
                FieldDescriptorProto.Type.TYPE_MESSAGE,
                "ModelTensorReshape",
                FieldDescriptorProto.Label.LABEL_OPTIONAL));
    DescriptorProto group =
        message(
                "ModelInstanceGroup",
                field(
                    "name",
                    1,
                    FieldDescriptorProto.Type.TYPE_STRING,
                    FieldDescriptorProto.Label.LABEL_OPTIONAL),
                field(
                    "count",
                    2,
                    FieldDescriptorProto.Type.TYPE_INT32,
                    FieldDescriptorProto.Label.LABEL_OPTIONAL),
                field(
                    "gpus",
                    3,
                    FieldDescriptorProto.Type.TYPE_INT32,
                    FieldDescriptorProto.Label.LABEL_REPEATED),
                reference(
                    "kind",
                    4,
                    FieldDescriptorProto.Type.TYPE_ENUM,
                    "Kind",
                    FieldDescriptorProto.Label.LABEL_OPTIONAL))
            .toBuilder()
            .addEnumType(constants("Kind", "KIND_AUTO", "KIND_GPU", "KIND_CPU", "KIND_MODEL"))
            .build();
    DescriptorProto step =
        message(
                "Step",
                field(
                    "model_name",
                    1,
                    FieldDescriptorProto.Type.TYPE_STRING,
                    FieldDescriptorProto.Label.LABEL_OPTIONAL),
                field(
                    "model_version",
                    2,
                    FieldDescriptorProto.Type.TYPE_INT64,
                    FieldDescriptorProto.Label.LABEL_OPTIONAL),
                reference(
                    "input_map",
                    3,
                    FieldDescriptorProto.Type.TYPE_MESSAGE,
                    "InputMapEntry",
                    FieldDescriptorProto.Label.LABEL_REPEATED),
                reference(
                    "output_map",
                    4,
                    FieldDescriptorProto.Type.TYPE_MESSAGE,
                    "OutputMapEntry",
                    FieldDescriptorProto.Label.LABEL_REPEATED))
            .toBuilder()
            .addNestedType(entry("InputMapEntry"))
            .addNestedType(entry("OutputMapEntry"))
            .build();
    DescriptorProto ensembling =
        message(
                "ModelEnsembling",
                reference(
                    "step",
                    1,
                    FieldDescriptorProto.Type.TYPE_MESSAGE,
                    "Step",
                    FieldDescriptorProto.Label.LABEL_REPEATED))
            .toBuilder()
            .addNestedType(step)
            .build();
    DescriptorProto model =
        message(
            "ModelConfig",
            field(
                "name",
                1,
                FieldDescriptorProto.Type.TYPE_STRING,
                FieldDescriptorProto.Label.LABEL_OPTIONAL),
            field(
                "platform",
                2,
                FieldDescriptorProto.Type.TYPE_STRING,
                FieldDescriptorProto.Label.LABEL_OPTIONAL),
            field(
                "max_batch_size",
                4,
                FieldDescriptorProto.Type.TYPE_INT32,
                FieldDescriptorProto.Label.LABEL_OPTIONAL),
            reference(
                "input",
                5,
                FieldDescriptorProto.Type.TYPE_MESSAGE,
                "ModelInput",
                FieldDescriptorProto.Label.LABEL_REPEATED),
            reference(
                "output",
                6,
                FieldDescriptorProto.Type.TYPE_MESSAGE,
                "ModelOutput",
                FieldDescriptorProto.Label.LABEL_REPEATED),
            reference(
                "instance_group",
                7,
                FieldDescriptorProto.Type.TYPE_MESSAGE,
                "ModelInstanceGroup",
                FieldDescriptorProto.Label.LABEL_REPEATED),
            reference(
                "ensemble_scheduling",
                15,
                FieldDescriptorProto.Type.TYPE_MESSAGE,
                "ModelEnsembling",
                FieldDescriptorProto.Label.LABEL_OPTIONAL));
    FileDescriptorProto file =
        FileDescriptorProto.newBuilder()
            .setName("model_config.proto")
            .setPackage("inference")
            .setSyntax("proto3")
            .addEnumType(
                constants(
                    "DataType",
                    "TYPE_INVALID",
                    "TYPE_BOOL",
                    "TYPE_UINT8",
                    "TYPE_UINT16",
                    "TYPE_UINT32",
                    "TYPE_UINT64",
                    "TYPE_INT8",
                    "TYPE_INT16",
                    "TYPE_INT32",
                    "TYPE_INT64",
                    "TYPE_FP16",
                    "TYPE_FP32",
                    "TYPE_FP64",
                    "TYPE_STRING",
                    "TYPE_BF16"))
            .addAllMessageType(List.of(reshape, input, output, group, ensembling, model))
            .build();
    config =
        FileDescriptor.buildFrom(file, new FileDescriptor[0]).findMessageTypeByName("ModelConfig");
  }

  private static DescriptorProto message(String name, FieldDescriptorProto... fields) {
    return DescriptorProto.newBuilder().setName(name).addAllField(List.of(fields)).build();
  }

  private static FieldDescriptorProto field(
      String name, int number, FieldDescriptorProto.Type type, FieldDescriptorProto.Label label) {
    return FieldDescriptorProto.newBuilder()
        .setName(name)
        .setNumber(number)
        .setType(type)
        .setLabel(label)
        .build();
  }

  private static FieldDescriptorProto reference(
      String name,
      int number,
      FieldDescriptorProto.Type type,
      String typeName,
      FieldDescriptorProto.Label label) {
    return field(name, number, type, label).toBuilder().setTypeName(typeName).build();
  }

  private static EnumDescriptorProto constants(String name, String... values) {
    EnumDescriptorProto.Builder constants = EnumDescriptorProto.newBuilder().setName(name);
    for (int i = 0; i < values.length; i++) {
      constants.addValue(EnumValueDescriptorProto.newBuilder().setName(values[i]).setNumber(i));
    }
    return constants.build();
  }

  private static DescriptorProto entry(String name) {
    return message(
            name,
            field(
                "key",
                1,
                FieldDescriptorProto.Type.TYPE_STRING,
                FieldDescriptorProto.Label.LABEL_OPTIONAL),
            field(
                "value",
                2,
                FieldDescriptorProto.Type.TYPE_STRING,
                FieldDescriptorProto.Label.LABEL_OPTIONAL))
        .toBuilder()
        .setOptions(MessageOptions.newBuilder().setMapEntry(true))
        .build();
  }

  private static Message parse(Path file) throws IOException {
    DynamicMessage.Builder message = DynamicMessage.newBuilder(config);
    TextFormat.merge(Files.readString(file), message);
    return message.build();
  }

  private static Object get(Message message, String field) {
    return message.getField(descriptor(message, field));
  }

  private static FieldDescriptor descriptor(Message message, String field) {
    return message.getDescriptorForType().findFieldByName(field);
  }

  @SuppressWarnings("unchecked")
  private static List<Message> list(Message message, String field) {
    return (List<Message>) get(message, field);
  }

  private Path repository(GraphBuilder graph) {
    Path rewritten =
        Rewritten.of(graph.write(folder.resolve("in.onnx")), Rewritten.options(3).build());
    ShardManifest unused =
        Sharder.shard(rewritten, folder.resolve("repository"), ShardLayout.TRITON, false);
    return folder.resolve("repository");
  }

  @Test
  void describesEachStageAsItsModelIs() throws IOException {
    Path repository = repository(Rewritten.twoRegions(17));
    ShardManifest manifest = ManifestReader.read(repository);
    for (Stage stage : manifest.stages()) {
      String name = "rewritten_" + stage.name().replace('/', '_');
      Message parsed = parse(repository.resolve(name).resolve("config.pbtxt"));
      assertThat(get(parsed, "name")).isEqualTo(name);
      assertThat(get(parsed, "platform")).isEqualTo("onnxruntime_onnx");
      assertThat(get(parsed, "max_batch_size")).isEqualTo(0);
      assertThat(list(parsed, "instance_group")).hasSize(1);
      try (InferenceSession session =
          InferenceSession.open(repository.resolve(name).resolve("1/model.onnx"))) {
        assertSame(list(parsed, "input"), session.inputs());
        assertSame(list(parsed, "output"), session.outputs());
      }
    }
  }

  private static void assertSame(List<Message> described, List<TensorDescription> actual) {
    assertThat(described).hasSameSizeAs(actual);
    for (int i = 0; i < actual.size(); i++) {
      assertThat(get(described.get(i), "name")).isEqualTo(actual.get(i).name());
      assertThat(get(described.get(i), "data_type")).hasToString("TYPE_FP32");
      assertThat(get(described.get(i), "dims"))
          .isEqualTo(Longs.asList(actual.get(i).shape().toArray()));
    }
  }

  @Test
  void handsEveryValueFromTheStepThatMakesItToThoseThatReadIt() throws IOException {
    Path repository = repository(Rewritten.twoRegions(17));
    Message ensemble = parse(repository.resolve("rewritten").resolve("config.pbtxt"));
    assertThat(repository.resolve("rewritten").resolve("1")).isEmptyDirectory();
    assertThat(get(ensemble, "platform")).isEqualTo("ensemble");
    Set<Object> known = new HashSet<>();
    list(ensemble, "input").forEach(input -> known.add(get(input, "name")));
    assertThat(known).containsExactlyInAnyOrder("x", "mask");
    List<Message> steps = list((Message) get(ensemble, "ensemble_scheduling"), "step");
    for (Message step : steps) {
      assertThat(repository.resolve((String) get(step, "model_name"))).isDirectory();
      assertThat(get(step, "model_version")).isEqualTo(-1L);
      for (Message read : list(step, "input_map")) {
        assertThat(known).contains(get(read, "value"));
      }
      for (Message made : list(step, "output_map")) {
        assertThat(known.add(get(made, "value"))).isTrue();
      }
    }
    for (Message output : list(ensemble, "output")) {
      assertThat(known).contains(get(output, "name"));
    }
  }

  @Test
  void runsFromTheRepositoryToo() throws Exception {
    Path repository = repository(Rewritten.twoRegions(17));
    Path rewritten = folder.resolve("rewritten.onnx");
    ImmutableMap<String, Tensor> inputs = Rewritten.inputs(rewritten, 2, 7, Map.of("L", 3));
    try (ShardedSession session = ShardedSession.open(repository)) {
      Rewritten.assertSameBytes(
          Rewritten.outputs(session, inputs), Rewritten.outputs(rewritten, inputs));
    }
  }

  @Test
  void writesNamesThatNeedQuotes() throws IOException {
    ModelProto model =
        GraphBuilder.opset(17)
            .irVersion(10)
            .input("x \"y\" \\ \n z", "N", 4)
            .input("scalar")
            .node("left", "Mul", "x \"y\" \\ \n z, scalar", "l")
            .node("right", "Relu", "l", "y")
            .output("y", "N", 4)
            .build();
    Path file =
        Files.write(
            folder.resolve("my model.onnx"), ShardedSessionTest.placed(model, Map.of("left", 0)));
    ShardManifest unused =
        Sharder.shard(file, folder.resolve("repository"), ShardLayout.TRITON, false);
    Message parsed =
        parse(folder.resolve("repository/my_model_accelerator_0_stage_0/config.pbtxt"));
    assertThat(get(list(parsed, "input").get(0), "name")).isEqualTo("x \"y\" \\ \n z");
    // A scalar is one element that is reshaped.
    Message scalar = list(parsed, "input").get(1);
    assertThat(get(scalar, "dims")).isEqualTo(List.of(1L));
    assertThat(scalar.hasField(descriptor(scalar, "reshape"))).isTrue();
  }

  @Test
  void refusesAnUnknownNumberOfDimensions() throws IOException {
    ModelProto model =
        GraphBuilder.opset(17)
            .irVersion(10)
            .input("x", "N", 4)
            .input("shape", DataType.INT64, "R")
            .node("left", "Reshape", "x, shape", "l")
            .node("right", "Relu", "l", "y")
            .output("y", "N", 4)
            .build();
    Path file =
        Files.write(
            folder.resolve("ranks.onnx"), ShardedSessionTest.placed(model, Map.of("left", 0)));
    Path repository = folder.resolve("repository");
    assertThatThrownBy(() -> Sharder.shard(file, repository, ShardLayout.TRITON, false))
        .isInstanceOf(UnsupportedInputException.class)
        .hasMessageContaining("the number of dimensions of 'l' is unknown, and Triton requires it");
    assertThat(repository).doesNotExist();
    ShardManifest manifest = Sharder.shard(file, repository, ShardLayout.FOLDER, false);
    assertThat(manifest.shards().get(1).stages().get(0).outputs().get(0).shape()).isNull();
  }

  @Test
  void aFieldThatTheSchemaDoesNotKnowFails() throws IOException {
    Path file = Files.writeString(folder.resolve("config.pbtxt"), "name: \"a\" batch: 1");
    assertThatThrownBy(() -> parse(file)).isInstanceOf(TextFormat.ParseException.class);
  }
}
