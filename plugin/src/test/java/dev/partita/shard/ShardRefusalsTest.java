package dev.partita.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.partita.UnsupportedInputException;
import dev.partita.annotate.MetadataKeys;
import dev.partita.fixtures.Attributes;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.TensorProto.DataType;
import dev.partita.onnx.TrainingInfoProto;
import dev.partita.options.IrVersion;
import dev.partita.options.OutputOptions;
import dev.partita.runtime.ShardManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cannot be taken apart, by name; and that nothing is left behind then. */
class ShardRefusalsTest {

  @TempDir private Path folder;

  private void assertRefused(Path model, String reason) {
    assertThatThrownBy(
            () -> Sharder.shard(model, folder.resolve("shards"), ShardLayout.FOLDER, false))
        .isInstanceOf(UnsupportedInputException.class)
        .hasMessageContaining(reason)
        .extracting(failure -> ((UnsupportedInputException) failure).hint())
        .isNotNull();
    assertThat(folder.resolve("shards")).doesNotExist();
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).noneMatch(path -> path.getFileName().toString().startsWith(".partita-"));
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  private Path placed(ModelProto model, Map<String, Integer> accelerators) throws IOException {
    return Files.write(
        folder.resolve("placed.onnx"), ShardedSessionTest.placed(model, accelerators));
  }

  private static GraphBuilder small() {
    return GraphBuilder.opset(17)
        .irVersion(10)
        .input("x", "N", 4)
        .node("left", "Relu", "x", "l")
        .node("right", "Neg", "x", "r")
        .node("join", "Add", "l, r", "y")
        .output("y", "N", 4);
  }

  private static ModelProto withMetadata(ModelProto model, String key, String value) {
    return model.toBuilder()
        .addMetadataProps(StringStringEntryProto.newBuilder().setKey(key).setValue(value))
        .build();
  }

  @Test
  void refusesAModelThatWasNotRewritten() {
    assertRefused(
        small().write(folder.resolve("plain.onnx")),
        "no node has the metadata " + MetadataKeys.BRANCH);
  }

  @Test
  void refusesAnOldModelThatKeptItsVersion() {
    Path model = Rewritten.twoRegions(13).irVersion(7).write(folder.resolve("in.onnx"));
    Path rewritten =
        Rewritten.of(
            model, Rewritten.options(3).set(OutputOptions.IR_VERSION, IrVersion.KEEP).build());
    assertRefused(rewritten, "has no placement metadata, because nodes of IR 7 cannot");
  }

  @Test
  void refusesAnAcceleratorThatIsNoNumber() throws IOException {
    ModelProto.Builder model = small().build().toBuilder();
    model
        .getGraphBuilder()
        .getNodeBuilder(0)
        .addMetadataProps(
            StringStringEntryProto.newBuilder().setKey(MetadataKeys.BRANCH).setValue("0"))
        .addMetadataProps(
            StringStringEntryProto.newBuilder().setKey(MetadataKeys.ACCELERATOR).setValue("-1"));
    Path file = Files.write(folder.resolve("bad.onnx"), model.build().toByteArray());
    assertRefused(file, "node 'left': its metadata dev.partita.accelerator is '-1'");
  }

  @Test
  void refusesTrainingInformationAndShards() throws IOException {
    ModelProto training =
        small().build().toBuilder().addTrainingInfo(TrainingInfoProto.newBuilder()).build();
    assertRefused(placed(training, Map.of("left", 0, "right", 1)), "training information");
    ModelProto shard = withMetadata(small().build(), MetadataKeys.SHARD, "accelerator_0");
    assertRefused(placed(shard, Map.of("left", 0, "right", 1)), "is already a shard");
  }

  @Test
  void refusesOutputsThatNoStageComputes() throws IOException {
    ModelProto constant =
        GraphBuilder.opset(17)
            .irVersion(10)
            .input("x", "N", 4)
            .constant("c", new float[] {1}, 1)
            .node("left", "Relu", "x", "l")
            .output("l", "N", 4)
            .output("c", 1)
            .build();
    assertRefused(
        placed(constant, Map.of("left", 0)),
        "the graph output 'c' is a constant, which no stage computes");
  }

  @Test
  void refusesInputsOfText() throws IOException {
    ModelProto text =
        GraphBuilder.opset(17)
            .irVersion(10)
            .input("x", "N", 4)
            .input("s", DataType.STRING, 1)
            .node("left", "Relu", "x", "y")
            .node("kept", "Identity", "s", "t")
            .output("y", "N", 4)
            .output("t", DataType.STRING, 1)
            .build();
    assertRefused(
        placed(text, Map.of("left", 0)),
        "the graph input 's' is not a tensor of numbers or booleans");
  }

  @Test
  void refusesSequencesBetweenShards() throws IOException {
    ModelProto sequence =
        GraphBuilder.opset(17)
            .irVersion(10)
            .input("x", "N", 4)
            .node("left", "SequenceConstruct", "x, x", "s")
            .node("join", "ConcatFromSequence", "s", "y", Attributes.integer("axis", 0))
            .output("y", "M", 4)
            .build();
    assertRefused(
        placed(sequence, Map.of("left", 0)),
        "the value 's' passes from one shard to another and is ");
  }

  @Test
  void refusesBranchesInBodies() throws IOException {
    ModelProto.Builder body =
        GraphBuilder.opset(17)
            .captured("x")
            .node("inside", "Relu", "x", "b")
            .output("b", "N", 4)
            .build()
            .toBuilder();
    ModelProto placedBody =
        ModelProto.parseFrom(ShardedSessionTest.placed(body.build(), Map.of("inside", 0)));
    ModelProto model =
        GraphBuilder.opset(17)
            .irVersion(10)
            .input("x", "N", 4)
            .input("c", DataType.BOOL)
            .node(
                "choice",
                "If",
                "c",
                "y",
                Attributes.graph("then_branch", placedBody.getGraph()),
                Attributes.graph("else_branch", placedBody.getGraph()))
            .output("y", "N", 4)
            .build();
    assertRefused(
        Files.write(folder.resolve("body.onnx"), model.toByteArray()),
        "is in the body of an If, Loop or Scan");
  }

  @Test
  void replacesItsOwnFoldersAlone() throws IOException {
    Path model = placed(small().build(), Map.of("left", 0, "right", 1));
    Path target = folder.resolve("made");
    ShardManifest first = Sharder.shard(model, target, ShardLayout.FOLDER, false);
    assertThatThrownBy(() -> Sharder.shard(model, target, ShardLayout.FOLDER, false))
        .hasMessageContaining("exists already");
    assertThat(Sharder.shard(model, target, ShardLayout.FOLDER, true)).isEqualTo(first);

    Path mine = Files.createDirectory(folder.resolve("mine"));
    Sharder.shard(model, mine, ShardLayout.FOLDER, false);
    Path others = Files.createDirectory(folder.resolve("others"));
    Path letter = Files.writeString(others.resolve("letter.txt"), "dear");
    for (boolean overwrite : new boolean[] {false, true}) {
      assertThatThrownBy(() -> Sharder.shard(model, others, ShardLayout.FOLDER, overwrite))
          .isInstanceOf(UnsupportedInputException.class)
          .hasMessageContaining("contains files that are not from an earlier run");
    }
    assertThat(letter).hasContent("dear");
    assertThatThrownBy(() -> Sharder.shard(model, letter, ShardLayout.FOLDER, true))
        .hasMessageContaining("is not a folder");
    assertThatThrownBy(
            () -> Sharder.shard(model, folder.resolve("no/where"), ShardLayout.FOLDER, true))
        .hasMessageContaining("the folder around it does not exist");
  }
}
