package dev.partita.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSet;
import dev.partita.UnsupportedInputException;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.TensorProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Weights in another file: found, refused, copied. */
class ExternalDataTest {

  private static final int OFFSET = 64;
  private static final int BYTES = 64;

  @TempDir private Path root;
  private Path folder;
  private TensorProto inner;

  @BeforeEach
  void writeData() throws IOException {
    folder = Files.createDirectories(root.resolve("model"));
    inner =
        Tensors.ofFloats(
            "w", new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, 4, 4);
    byte[] data = new byte[OFFSET + BYTES];
    inner.getRawData().copyTo(data, OFFSET);
    Files.write(folder.resolve("weights.bin"), data);
    Files.createDirectories(folder.resolve("sub"));
    Files.write(folder.resolve("sub/weights.bin"), data);
    Files.write(root.resolve("outside.bin"), data);
  }

  private TensorProto external(String location, String offset, String length) {
    return inner.toBuilder()
        .clearRawData()
        .setDataLocation(TensorProto.DataLocation.EXTERNAL)
        .addExternalData(entry("location", location))
        .addExternalData(entry("offset", offset))
        .addExternalData(entry("length", length))
        .build();
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  private OnnxModel model(TensorProto... tensors) {
    GraphBuilder graph = GraphBuilder.opset(17).input("x", "N", 4);
    for (TensorProto tensor : tensors) {
      graph.initializer(tensor);
    }
    return ModelFile.read(
        graph.node("MatMul", "x, w", "y").output("y", "N", 4).write(folder.resolve("model.onnx")));
  }

  @ParameterizedTest
  @CsvSource({"weights.bin", "./weights.bin", "sub/weights.bin"})
  void locatesARangeInsideTheFolder(String location) {
    TensorProto tensor = external(location, "64", "64");
    OnnxModel model = model(tensor);
    ExternalData data = ExternalData.locate(model.source(), tensor);
    assertThat(data.offset()).isEqualTo(OFFSET);
    assertThat(data.length()).isEqualTo(BYTES);
    float[] values = new float[16];
    ElementView view = Tensors.view(model, tensor);
    view.read(0, values, 0, 16);
    assertThat(values[15]).isEqualTo(16);
    assertThat(view.get(3)).isEqualTo(4);
    assertThat(Tensors.rawBytes(model, tensor)).isEqualTo(inner.getRawData());
    assertThat(ModelFile.bytesWithExternalData(model)).isEqualTo(model.bytes() + OFFSET + BYTES);
  }

  @ParameterizedTest
  @CsvSource({
    "/weights.bin, 64, 64, absolute",
    "../outside.bin, 64, 64, leaves the folder",
    "sub/../weights.bin, 64, 64, leaves the folder",
    "missing.bin, 64, 64, missing",
    "sub, 64, 64, missing",
    "'', 64, 64, location",
    "weights.bin, -64, 64, negative",
    "weights.bin, 64, -64, negative",
    "weights.bin, 65, 64, exceeds the end",
    "weights.bin, 9223372036854775807, 64, exceeds the end",
    "weights.bin, 99999999999999999999, 64, not a number",
    "weights.bin, many, 64, not a number",
    "weights.bin, 0, 60, length",
    "weights.bin, 0, 128, length"
  })
  void refusesByName(String location, String offset, String length, String reason) {
    assertRefused(external(location, offset, length), reason);
  }

  private void assertRefused(TensorProto tensor, String reason) {
    OnnxModel model = model(tensor);
    assertThatThrownBy(() -> ExternalData.locate(model.source(), tensor))
        .isInstanceOf(UnsupportedInputException.class)
        .hasMessageContaining(model.source().toString())
        .hasMessageContaining("'w'")
        .hasMessageContaining(reason);
  }

  @Test
  void refusesLinksThatLeaveTheFolder() throws IOException {
    Files.createSymbolicLink(folder.resolve("link.bin"), root.resolve("outside.bin"));
    Files.createSymbolicLink(folder.resolve("away"), root);
    assertRefused(external("link.bin", "64", "64"), "leaves the folder");
    assertRefused(external("away/outside.bin", "64", "64"), "leaves the folder");
  }

  @Test
  void readsLinksInsideTheFolder() throws IOException {
    Files.createSymbolicLink(folder.resolve("near.bin"), folder.resolve("weights.bin"));
    Files.createSymbolicLink(folder.resolve("linked"), folder.resolve("sub"));
    Files.copy(folder.resolve("weights.bin"), folder.resolve("sub/other.bin"));
    for (String location : new String[] {"near.bin", "linked/other.bin"}) {
      TensorProto tensor = external(location, "64", "64");
      assertThat(ExternalData.locate(model(tensor).source(), tensor).file())
          .hasSameBinaryContentAs(folder.resolve("weights.bin"));
    }
  }

  /** The cache of Hugging Face: a snapshot is a folder of links to blobs that have no names. */
  @Test
  void readsLinksToWhereTheLinkOfTheModelLeads() throws IOException {
    TensorProto tensor = external("weights.bin", "64", "64");
    Path model = model(tensor).source();
    Path blobs = Files.createDirectories(root.resolve("cache/blobs"));
    Path elsewhere = Files.createDirectories(root.resolve("cache/elsewhere"));
    Path snapshot = Files.createDirectories(root.resolve("cache/snapshots/1"));
    Path link = Files.createSymbolicLink(snapshot.resolve("model.onnx"), Path.of("../../blobs/a"));
    Path data = snapshot.resolve("weights.bin");
    Files.copy(model, blobs.resolve("a"));
    Files.copy(folder.resolve("weights.bin"), blobs.resolve("b"));
    Files.copy(folder.resolve("weights.bin"), elsewhere.resolve("b"));
    Files.createSymbolicLink(data, Path.of("../../blobs/b"));
    OnnxModel read = ModelFile.read(link);
    assertThat(ExternalData.locate(read.source(), tensor).file()).isEqualTo(data.toAbsolutePath());
    Files.delete(data);
    Files.createSymbolicLink(data, Path.of("../../elsewhere/b"));
    assertThatThrownBy(() -> ExternalData.locate(link, tensor))
        .isInstanceOf(UnsupportedInputException.class)
        .hasMessageContaining("leaves the folder");
  }

  @Test
  void aShapeThatOverflowsIsRefused() {
    TensorProto tensor =
        external("weights.bin", "64", "64").toBuilder().addDims(1L << 62).addDims(4).build();
    assertThatThrownBy(() -> model(tensor))
        .isInstanceOf(UnsupportedInputException.class)
        .hasMessageContaining("'w'")
        .hasMessageContaining("impossible shape");
  }

  @Test
  void anEditCopiesDataToTheTargetsFolder() throws IOException {
    TensorProto kept = external("weights.bin", "64", "64");
    TensorProto tied = kept.toBuilder().setName("tied").build();
    TensorProto constant = Tensors.ofFloats("large", new float[300], 300);
    ModelProto proto =
        GraphBuilder.opset(17)
            .input("x", "N", 4)
            .initializer(kept)
            .initializer(tied)
            .constant(constant)
            .node("MatMul", "x, w", "h")
            .node("MatMul", "h, tied", "y")
            .output("y", "N", 4)
            .build();
    Path source = Files.write(folder.resolve("model.onnx"), proto.toByteArray());
    OnnxModel before = ModelFile.read(source);
    TensorProto added = Tensors.ofFloats("added", new float[] {9, 8, 7}, 3);
    float[] many = new float[512];
    many[511] = 5;
    OnnxModel after =
        GraphEditor.apply(
            new GraphIndex(before),
            new GraphEdit(
                ImmutableSet.of(),
                ImmutableListMultimap.of(),
                ImmutableList.of(added, Tensors.ofFloats("many", many, 512))));
    Path elsewhere = Files.createDirectories(root.resolve("elsewhere"));
    Path target = elsewhere.resolve("out.onnx");
    try (StagedModel staged = StagedModel.edited(before, after, target)) {
      staged.commit(false);
    }
    OnnxModel written = ModelFile.read(target);
    GraphIndex index = new GraphIndex(written);
    assertThat(elsewhere.resolve("out.onnx.data")).exists();
    for (String name : List.of("w", "tied")) {
      TensorProto tensor = index.constant(name);
      assertThat(tensor).isNotNull();
      assertThat(ExternalData.isExternal(tensor)).isTrue();
      assertThat(Tensors.rawBytes(written, tensor)).isEqualTo(inner.getRawData());
      assertThat(ExternalData.locate(target, tensor).offset())
          .as("tensors that share a range still do")
          .isZero();
    }
    TensorProto large = index.constant("many");
    assertThat(large).isNotNull();
    assertThat(ExternalData.isExternal(large)).isTrue();
    assertThat(Tensors.view(written, large).get(511)).isEqualTo(5);
    assertThat(index.constant("added")).isEqualTo(added);
    assertThat(index.node(0)).as("an untouched Constant").isEqualTo(proto.getGraph().getNode(0));
  }

  @Test
  void aCopyBringsItsDataAlong() throws IOException {
    OnnxModel model = model(external("sub/weights.bin", "64", "64"));
    Path elsewhere = Files.createDirectories(root.resolve("elsewhere"));
    Path target = elsewhere.resolve("out.onnx");
    try (StagedModel staged = StagedModel.copied(model, target)) {
      staged.commit(false);
    }
    assertThat(target).hasSameBinaryContentAs(model.source());
    assertThat(elsewhere.resolve("sub/weights.bin"))
        .hasSameBinaryContentAs(folder.resolve("sub/weights.bin"));
  }

  @Test
  void nothingMovesWhereOneFileExists() throws IOException {
    OnnxModel model = model(external("weights.bin", "64", "64"));
    Path elsewhere = Files.createDirectories(root.resolve("elsewhere"));
    Path target = Files.writeString(elsewhere.resolve("out.onnx"), "older");
    try (StagedModel staged = StagedModel.edited(model, model, target)) {
      assertThatThrownBy(() -> staged.commit(false))
          .isInstanceOf(UnsupportedInputException.class)
          .hasMessageContaining(target.toString());
    }
    assertThat(target).hasContent("older");
    assertThat(elsewhere.resolve("out.onnx.data")).doesNotExist();
  }
}
