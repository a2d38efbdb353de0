package dev.partita.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.partita.UnsupportedInputException;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.fixtures.RandomModels;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.TensorProto;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models and tensors past 2 GiB, and what becomes external data because of it. */
@Tag("slow")
class LargeModelTest {

  private static final long ROWS = 655_360;
  private static final long COLUMNS = 1024;
  private static final long BYTES = 4 * ROWS * COLUMNS;

  @TempDir private Path folder;

  private static TensorProto external(String name, String location, long offset, long... dims) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(TensorProto.DataType.FLOAT_VALUE)
            .setDataLocation(TensorProto.DataLocation.EXTERNAL);
    long length = 4;
    for (long dim : dims) {
      tensor.addDims(dim);
      length *= dim;
    }
    return tensor
        .addExternalData(entry("location", location))
        .addExternalData(entry("offset", Long.toString(offset)))
        .addExternalData(entry("length", Long.toString(length)))
        .build();
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  private static Map<String, String> entries(TensorProto tensor) {
    return tensor.getExternalDataList().stream()
        .collect(
            Collectors.toMap(StringStringEntryProto::getKey, StringStringEntryProto::getValue));
  }

  private OnnxModel model(TensorProto... tensors) {
    GraphBuilder graph = GraphBuilder.opset(17).input("x", "N", 4);
    for (TensorProto tensor : tensors) {
      graph.initializer(tensor);
    }
    return ModelFile.read(
        graph.node("Relu", "x", "y").output("y", "N", 4).write(folder.resolve("model.onnx")));
  }

  private static TensorProto initializer(OnnxModel model, String name) {
    return model.proto().getGraph().getInitializerList().stream()
        .filter(tensor -> tensor.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aTensorOver2GiBIsReadAndCopied() throws IOException {
    Path data = folder.resolve("weights.bin");
    long offset = 12;
    try (RandomAccessFile file = new RandomAccessFile(data.toFile(), "rw")) {
      file.setLength(offset + BYTES);
    }
    long[] marks = {0, (1L << 28) - 1, 1L << 28, (1L << 29) + 5, ROWS * COLUMNS - 1};
    try (FileChannel file = FileChannel.open(data, StandardOpenOption.WRITE)) {
      for (long mark : marks) {
        ByteBuffer number = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
        file.write(number.putFloat((float) (mark + 1)).flip(), offset + 4 * mark);
      }
    }
    OnnxModel model = model(external("w", "weights.bin", offset, ROWS, COLUMNS));
    assertMarks(Tensors.view(model, initializer(model, "w")), marks);
    assertThatThrownBy(() -> Tensors.rawBytes(model, initializer(model, "w")))
        .isInstanceOf(UnsupportedInputException.class)
        .hasMessageContaining("tensor 'w'")
        .hasMessageContaining("bytes; a tensor over 2 GiB can be copied but not changed")
        .hasMessageContaining(Long.toString(BYTES));

    Path target = folder.resolve("out.onnx");
    try (StagedModel staged = StagedModel.edited(model, model, target)) {
      staged.commit(false);
    }
    OnnxModel written = ModelFile.read(target);
    assertThat(entries(initializer(written, "w")))
        .containsEntry("location", "out.onnx.data")
        .containsEntry("length", Long.toString(BYTES));
    assertMarks(Tensors.view(written, initializer(written, "w")), marks);
    assertThat(Files.size(folder.resolve("out.onnx.data"))).isEqualTo(BYTES);
  }

  private static void assertMarks(ElementView view, long[] marks) {
    assertThat(view.size()).isEqualTo(ROWS * COLUMNS);
    for (long mark : marks) {
      assertThat(view.get(mark)).isEqualTo((float) (mark + 1));
    }
    float[] around = new float[4];
    view.read((1L << 28) - 2, around, 0, 4);
    assertThat(around).containsExactly(0, (float) (1L << 28), (float) ((1L << 28) + 1), 0);
  }

  @Test
  void aBufferOver1GiBIsReadToItsEnd() throws IOException {
    long floats = (1L << 28) + 3;
    ByteBuffer bytes = sparse(4 * floats);
    ElementView view = ElementView.of(bytes, ElementType.FLOAT);
    assertThat(view.size()).isEqualTo(floats);
    assertThat(view.get(floats - 1)).isZero();
    view.read((1L << 28) - 2, new float[5], 0, 5);
  }

  private ByteBuffer sparse(long length) throws IOException {
    Path file = Files.createTempFile(folder, "sparse", ".bin");
    try (RandomAccessFile random = new RandomAccessFile(file.toFile(), "rw")) {
      random.setLength(length);
      return random.getChannel().map(FileChannel.MapMode.READ_ONLY, 0, length);
    }
  }

  @Test
  void sizesAreThoseOfProtobuf() {
    for (long seed = 0; seed < 200; seed++) {
      ModelProto model = RandomModels.model(seed).proto();
      assertThat(MessageSize.of(model)).as("seed " + seed).isEqualTo(model.getSerializedSize());
    }
  }

  @Test
  void sizesPass2GiB() throws IOException {
    ByteString gigabyte = UnsafeByteOperations.unsafeWrap(sparse(1_500_000_000));
    TensorProto tensor =
        TensorProto.newBuilder().setName("w").addDims(375_000_000).setDataType(1).build();
    ModelProto one = model(tensor.toBuilder().build()).proto();
    ModelProto.Builder two = one.toBuilder();
    two.getGraphBuilder()
        .setInitializer(0, tensor.toBuilder().setRawData(gigabyte))
        .addInitializer(tensor.toBuilder().setName("v").setRawData(gigabyte));
    long empty = one.toBuilder().clearGraph().build().getSerializedSize();
    assertThat(two.build().getSerializedSize()).as("what protobuf says").isNegative();
    assertThat(MessageSize.of(two.build()))
        .isBetween(3_000_000_000L + empty, 3_000_000_200L + one.getSerializedSize());
  }

  @Test
  void aMessageThatWouldBeTooLongMovesItsTensorsOut() throws IOException {
    TensorProto large = Tensors.ofFloats("large", new float[5000], 5000);
    TensorProto typed =
        TensorProto.newBuilder()
            .setName("typed")
            .setDataType(TensorProto.DataType.FLOAT_VALUE)
            .addDims(1000)
            .addAllFloatData(java.util.Collections.nCopies(1000, 2.5f))
            .build();
    TensorProto small = Tensors.ofFloats("small", new float[] {1, 2}, 2);
    OnnxModel model = model(large, typed, small);
    Path whole = folder.resolve("whole.onnx");
    try (StagedModel staged = StagedModel.edited(model, model, whole, model.bytes())) {
      staged.commit(false);
    }
    assertThat(folder.resolve("whole.onnx.data")).doesNotExist();

    Path parted = folder.resolve("parted.onnx");
    try (StagedModel staged = StagedModel.edited(model, model, parted, model.bytes() - 1)) {
      staged.commit(false);
    }
    OnnxModel written = ModelFile.read(parted);
    for (String name : List.of("large", "typed")) {
      TensorProto tensor = initializer(written, name);
      assertThat(ExternalData.isExternal(tensor)).as(name).isTrue();
      assertThat(tensor.getRawData().isEmpty() && tensor.getFloatDataCount() == 0).isTrue();
      assertThat(Tensors.rawBytes(written, tensor))
          .isEqualTo(Tensors.rawBytes(model, initializer(model, name)));
      assertThat(Long.parseLong(entries(tensor).get("offset")) % 4096).isZero();
    }
    assertThat(initializer(written, "small")).isEqualTo(small);
    assertThatThrownBy(() -> StagedModel.edited(model, model, folder.resolve("never.onnx"), 50))
        .isInstanceOf(UnsupportedInputException.class)
        .hasMessageContaining("would exceed 2 GiB even with its tensors in external data");
    assertThat(folder.resolve("never.onnx")).doesNotExist();
  }

  @Test
  void theInputsDataIsNeverWrittenOver() throws IOException {
    byte[] bytes = Tensors.ofFloats("w", new float[1000], 1000).getRawData().toByteArray();
    bytes[5] = 7;
    Path data = Files.write(folder.resolve("out.onnx.data"), bytes);
    OnnxModel model = model(external("w", "out.onnx.data", 0, 1000));
    Path target = folder.resolve("out.onnx");
    try (StagedModel staged = StagedModel.edited(model, model, target)) {
      staged.commit(true);
    }
    assertThat(data).hasBinaryContent(bytes);
    TensorProto written = initializer(ModelFile.read(target), "w");
    assertThat(entries(written)).containsEntry("location", "out.onnx.1.data");
    assertThat(folder.resolve("out.onnx.1.data")).hasBinaryContent(bytes);
  }

  @Test
  void severalFilesBecomeOneAndOtherKeysStay() throws IOException {
    Files.write(folder.resolve("a.bin"), new byte[9000]);
    byte[] other = new byte[9000];
    other[8192] = 3;
    Files.write(folder.resolve("b.bin"), other);
    TensorProto a =
        external("a", "a.bin", 0, 1000).toBuilder()
            .addExternalData(entry("checksum", "0123"))
            .addExternalData(entry("prepacked_0", "0;1"))
            .addExternalData(entry("owner", "someone"))
            .build();
    OnnxModel model =
        model(a, external("b", "b.bin", 4096, 1100), external("c", "b.bin", 4096, 11, 100));
    Path target = folder.resolve("out.onnx");
    try (StagedModel staged = StagedModel.edited(model, model, target)) {
      staged.commit(false);
    }
    OnnxModel written = ModelFile.read(target);
    assertThat(entries(initializer(written, "a")))
        .containsOnlyKeys("location", "offset", "length", "owner");
    TensorProto b = initializer(written, "b");
    assertThat(Tensors.rawBytes(written, b).byteAt(4096)).isEqualTo((byte) 3);
    assertThat(entries(initializer(written, "c")))
        .as("a shared range stays shared")
        .containsEntry("offset", entries(b).get("offset"));
    assertThat(Files.size(folder.resolve("out.onnx.data"))).isEqualTo(4096 + 4400);
  }
}
