package dev.partita.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSet;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.partita.UnsupportedInputException;
import dev.partita.fixtures.Fixtures;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.ModelProto;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read, what is refused, and what is written back. */
class ModelFileTest {

  @TempDir private Path folder;

  private static GraphBuilder small() {
    return GraphBuilder.opset(17)
        .input("x", "N", 4)
        .random("w", 1, 4, 4)
        .node("MatMul", "x, w", "y")
        .output("y", "N", 4);
  }

  private void assertRefused(Path file, String reason) {
    assertThatThrownBy(() -> ModelFile.read(file))
        .isInstanceOf(UnsupportedInputException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(reason);
  }

  private Path file(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("model.onnx"), bytes);
  }

  @Test
  void refusesWhatIsNoFile() {
    assertRefused(folder.resolve("missing.onnx"), "no such file");
    assertRefused(folder, "not a regular file");
  }

  @Test
  void refusesWhatIsNoModel() throws IOException {
    assertRefused(file(new byte[0]), "no ONNX graph");
    byte[] jpeg = new byte[500];
    new Random(1).nextBytes(jpeg);
    System.arraycopy(new byte[] {(byte) 0xff, (byte) 0xd8, (byte) 0xff}, 0, jpeg, 0, 3);
    assertRefused(file(jpeg), "not an ONNX model");
    assertRefused(file("<html>not found</html>".getBytes(StandardCharsets.UTF_8)), "");
    ModelProto model = small().build();
    assertRefused(file(model.toBuilder().clearGraph().build().toByteArray()), "no ONNX graph");
    assertRefused(file(model.toBuilder().clearIrVersion().build().toByteArray()), "IR version");
    ModelProto.Builder empty = model.toBuilder();
    empty.getGraphBuilder().clearNode();
    assertRefused(file(empty.build().toByteArray()), "no nodes");
  }

  @Test
  void refusesAModelWithoutOperatorSets() throws IOException {
    ModelProto none = small().build().toBuilder().clearOpsetImport().build();
    assertRefused(file(none.toByteArray()), "operator set");
  }

  @Test
  void refusesVersionsThatNobodyHasMade() throws IOException {
    ModelProto.Builder opset = small().build().toBuilder();
    opset.getOpsetImportBuilder(0).setVersion(Long.MAX_VALUE);
    assertRefused(file(opset.build().toByteArray()), "version");
    ModelProto.Builder ir = small().build().toBuilder().setIrVersion(1L << 40);
    assertRefused(file(ir.build().toByteArray()), "version");
  }

  @Test
  void refusesATruncatedFileAtEveryLength() throws IOException {
    byte[] whole = small().build().toByteArray();
    for (int length = 0; length < whole.length; length++) {
      assertRefused(file(Arrays.copyOf(whole, length)), "");
    }
    assertThat(ModelFile.read(file(whole)).proto()).isEqualTo(small().build());
  }

  @Test
  void writesWhatPythonWroteByteForByte() throws IOException {
    for (Path original : List.of(Fixtures.fashionMlp(folder), Fixtures.fashionVgg(folder))) {
      OnnxModel model = ModelFile.read(original);
      for (boolean edited : new boolean[] {true, false}) {
        Path target = folder.resolve("written.onnx");
        try (StagedModel staged =
            edited ? StagedModel.edited(model, model, target) : StagedModel.copied(model, target)) {
          assertThat(staged.bytes()).isEqualTo(model.bytes());
          staged.commit(true);
        }
        assertThat(Files.mismatch(original, target)).isEqualTo(-1);
        assertThat(ModelFile.sha256(target)).isEqualTo(ModelFile.sha256(original));
      }
    }
  }

  @Test
  void unknownFieldsSurviveAnEdit() throws IOException {
    UnknownFieldSet unknown =
        UnknownFieldSet.newBuilder()
            .addField(
                900,
                UnknownFieldSet.Field.newBuilder()
                    .addLengthDelimited(ByteString.copyFromUtf8("kept"))
                    .build())
            .build();
    ModelProto.Builder builder = small().build().toBuilder().setUnknownFields(unknown);
    builder.getGraphBuilder().setUnknownFields(unknown);
    OnnxModel model = ModelFile.read(file(builder.build().toByteArray()));
    GraphEdit edit =
        new GraphEdit(
            ImmutableSet.of(0),
            ImmutableListMultimap.of(0, Nodes.of("Relu", "new", List.of("x"), "y")),
            ImmutableList.of());
    OnnxModel after = GraphEditor.apply(new GraphIndex(model), edit);
    Path target = folder.resolve("edited.onnx");
    try (StagedModel staged = StagedModel.edited(model, after, target)) {
      staged.commit(false);
    }
    ModelProto written = ModelFile.read(target).proto();
    assertThat(written.getUnknownFields()).isEqualTo(unknown);
    assertThat(written.getGraph().getUnknownFields()).isEqualTo(unknown);
    assertThat(written.getGraph().getNode(0).getName()).isEqualTo("new");
    assertThat(written.getGraph().getInitializerList()).as("nothing reads w").isEmpty();
  }

  @Test
  void anExistingFileIsLeftUnlessItMayBeOverwritten() throws IOException {
    OnnxModel model = ModelFile.read(small().write(folder.resolve("model.onnx")));
    Path target = Files.writeString(folder.resolve("target.onnx"), "older");
    try (StagedModel staged = StagedModel.copied(model, target)) {
      assertThatThrownBy(() -> staged.commit(false))
          .isInstanceOf(UnsupportedInputException.class)
          .hasMessageContaining(target.toString())
          .hasMessageContaining("exists");
    }
    assertThat(target).hasContent("older");
    try (StagedModel staged = StagedModel.copied(model, target)) {
      staged.commit(true);
    }
    assertThat(target).hasSameBinaryContentAs(model.source());
  }

  @Test
  void closedUncommittedLeavesNothing() throws IOException {
    OnnxModel model = ModelFile.read(small().write(folder.resolve("model.onnx")));
    Path target = Files.writeString(folder.resolve("target.onnx"), "older");
    try (StagedModel staged = StagedModel.edited(model, model, target)) {
      assertThat(staged.path()).exists();
    }
    assertThat(target).hasContent("older");
    try (var files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("model.onnx", "target.onnx");
    }
  }

  @Test
  void theTargetsFolderMustExist() {
    OnnxModel model = ModelFile.read(small().write(folder.resolve("model.onnx")));
    Path target = folder.resolve("no/such/target.onnx");
    assertThatThrownBy(() -> StagedModel.copied(model, target))
        .isInstanceOf(UnsupportedInputException.class)
        .hasMessageContaining(target.toString());
  }
}
