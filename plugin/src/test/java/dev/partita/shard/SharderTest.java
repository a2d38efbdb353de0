package dev.partita.shard;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.partita.fixtures.DenseHead;
import dev.partita.fixtures.Fixtures;
import dev.partita.model.ModelFile;
import dev.partita.model.OnnxModel;
import dev.partita.onnx.TensorProto;
import dev.partita.options.PlanningOptions;
import dev.partita.options.RepairOptions;
import dev.partita.options.SelectionOptions;
import dev.partita.options.Strategy;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.ManifestReader;
import dev.partita.runtime.ManifestWriter;
import dev.partita.runtime.ShardManifest;
import dev.partita.runtime.ShardManifest.Shard;
import dev.partita.runtime.ShardManifest.Source;
import dev.partita.runtime.ShardManifest.Stage;
import dev.partita.runtime.ShardManifest.Value;
import dev.partita.runtime.ShardedSession;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SharderTest {

  @TempDir private Path folder;

  private ShardManifest shard(Path rewritten) {
    ShardManifest manifest =
        Sharder.shard(rewritten, folder.resolve("shards"), ShardLayout.FOLDER, false);
    assertThat(ManifestReader.read(folder.resolve("shards"))).isEqualTo(manifest);
    return manifest;
  }

  private void assertSameOutputs(Path rewritten, int samples, Map<String, Integer> dims)
      throws InterruptedException {
    ImmutableMap<String, Tensor> inputs = Rewritten.inputs(rewritten, samples, 7, dims);
    try (ShardedSession session = ShardedSession.open(folder.resolve("shards"))) {
      Rewritten.assertSameBytes(
          Rewritten.outputs(session, inputs), Rewritten.outputs(rewritten, inputs));
    }
  }

  @Test
  void givesEachAcceleratorItsOwnModelAndWeights() throws Exception {
    Path head = DenseHead.write(folder, new int[] {128, 96, 96, 64}, 1);
    Path rewritten = Rewritten.of(head, Rewritten.options(4).build());
    ShardManifest manifest = shard(rewritten);
    assertThat(manifest.shards())
        .extracting(Shard::name)
        .containsExactly(
            "rest", "accelerator_0", "accelerator_1", "accelerator_2", "accelerator_3");
    Set<String> seen = new HashSet<>();
    long weights = 0;
    for (Shard shard : manifest.shards().subList(1, 5)) {
      assertThat(shard.stages()).hasSize(1);
      Stage stage = shard.stages().get(0);
      assertThat(stage.inputs()).extracting(Source::from).containsOnlyNulls();
      assertThat(shard.layerAssignment()).isEqualTo("=accelerator_" + shard.accelerator());
      OnnxModel model =
          ModelFile.read(folder.resolve("shards").resolve(stage.files().get(0).path()));
      assertThat(ModelFile.dataFiles(model)).hasSize(1);
      for (TensorProto tensor : model.proto().getGraph().getInitializerList()) {
        assertThat(seen.add(tensor.getName())).as(tensor.getName()).isTrue();
        if (tensor.getDimsCount() == 2) {
          weights += tensor.getDims(0) * tensor.getDims(1);
        }
      }
      assertThat(model.proto().getGraph().getNodeList())
          .allMatch(node -> node.getName().contains("/branch" + shard.accelerator()));
    }
    // A quarter of what there was: a sixteenth for each.
    assertThat(weights).isEqualTo((128L * 96 + 96 * 96 + 96 * 64) / 4);
    assertSameOutputs(rewritten, 1, Map.of());
    assertSameOutputs(rewritten, 5, Map.of());
  }

  @Test
  void loadsTheFilesOfOneAcceleratorAlone() throws Exception {
    Path head = DenseHead.write(folder, new int[] {128, 96, 96, 64}, 1);
    ShardManifest manifest = shard(Rewritten.of(head, Rewritten.options(4).build()));
    Path alone = Files.createDirectory(folder.resolve("alone"));
    Stage stage = manifest.shards().get(2).stages().get(0);
    for (ShardManifest.StoredFile file : stage.files()) {
      Path from = folder.resolve("shards").resolve(file.path());
      Files.copy(from, alone.resolve(from.getFileName()));
    }
    Path model = alone.resolve(Path.of(stage.files().get(0).path()).getFileName());
    try (InferenceSession session = InferenceSession.open(model)) {
      assertThat(session.inputs()).extracting(TensorDescription::name).containsExactly("x0");
      assertThat(session.outputs().get(0).shape().get(1)).isEqualTo(16);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 13, 17, 21})
  void alternatesBetweenTheRestAndTheBranches(int opset) throws Exception {
    Path model = Rewritten.twoRegions(opset).write(folder.resolve("in.onnx"));
    Path rewritten = Rewritten.of(model, Rewritten.options(3).build());
    ShardManifest manifest = shard(rewritten);
    for (Shard shard : manifest.shards()) {
      if (shard.accelerator() == null) {
        assertThat(shard.stages()).extracting(Stage::level).containsExactly(1, 3);
      } else {
        assertThat(shard.stages()).extracting(Stage::level).containsExactly(0, 2);
        assertThat(shard.stages())
            .extracting(Stage::regions)
            .extracting(ImmutableSet::copyOf)
            .doesNotHaveDuplicates()
            .allMatch(regions -> regions.size() == 1);
      }
    }
    // Dynamic batch and length, in any combination.
    assertSameOutputs(rewritten, 1, Map.of("L", 1));
    assertSameOutputs(rewritten, 3, Map.of("L", 5));
  }

  @Test
  void namesTypesAndDimensionsBetweenStages() throws IOException {
    Path model = Rewritten.twoRegions(17).write(folder.resolve("in.onnx"));
    ShardManifest manifest = shard(Rewritten.of(model, Rewritten.options(3).build()));
    Stage rest = manifest.shards().get(0).stages().get(0);
    Value part = rest.inputs().get(0).value();
    assertThat(part.shape()).isNotNull();
    assertThat(part.description().shapeText()).isEqualTo("[N, L, 8]");
    assertThat(rest.inputs()).extracting(Source::from).contains("accelerator_1/stage_0");
  }

  @Test
  void givesEachAcceleratorTheWholeEntryThatASplitDivides() throws Exception {
    Path model = Rewritten.twoRegions(17).write(folder.resolve("in.onnx"));
    Path rewritten =
        Rewritten.of(
            model, Rewritten.options(3).set(PlanningOptions.STRATEGY, Strategy.CONTIGUOUS).build());
    assertThat(ModelFile.read(rewritten).proto().getGraph().getNodeList())
        .anyMatch(node -> node.getOpType().equals("Split"));
    ShardManifest manifest = shard(rewritten);
    Stage first = manifest.shards().get(1).stages().get(0);
    assertThat(first.level()).isZero();
    assertThat(first.inputs()).extracting(source -> source.value().name()).containsExactly("x");
    assertThat(manifest.shards().get(0).stages()).extracting(Stage::level).containsExactly(1, 3);
    assertSameOutputs(rewritten, 3, Map.of("L", 5));
  }

  @Test
  void takesBridgesApart() throws Exception {
    Path model = Rewritten.twoRegions(17).write(folder.resolve("in.onnx"));
    Path rewritten =
        Rewritten.of(
            model,
            Rewritten.options(3)
                .set(PlanningOptions.CALIBRATION, "random:64")
                .set(RepairOptions.BRIDGE_RANK, 2)
                .build());
    assertThat(ModelFile.read(rewritten).proto().getGraph().getNodeList())
        .anyMatch(node -> node.getName().contains("/bridge"));
    shard(rewritten);
    assertSameOutputs(rewritten, 4, Map.of("L", 3));
  }

  @Test
  void keepsAWholeLastLayerInTheRest() throws Exception {
    Path rewritten =
        Rewritten.of(
            Fixtures.fashionVgg(folder),
            Rewritten.options(4)
                .set(SelectionOptions.INCLUDE, ImmutableList.of())
                .set(SelectionOptions.MIN_BLOCK, 16)
                .build());
    ShardManifest manifest = shard(rewritten);
    assertThat(manifest.shards().get(0).stages()).extracting(Stage::level).containsExactly(0, 2);
    assertSameOutputs(rewritten, 6, Map.of());
  }

  @Test
  @Tag("slow")
  void takesASentenceEncoderApart() throws Exception {
    Path rewritten =
        Rewritten.of(
            Rewritten.miniLm(folder),
            Rewritten.options(4)
                .set(SelectionOptions.INCLUDE, ImmutableList.of())
                .set(SelectionOptions.MIN_BLOCK, 16)
                .build());
    ShardManifest manifest = shard(rewritten);
    assertThat(manifest.inputs()).hasSize(3);
    assertThat(manifest.shards().get(1).stages().size()).isGreaterThanOrEqualTo(6);
    ImmutableMap<String, Tensor> inputs = Rewritten.sentences(folder, rewritten, 3).get(1);
    ImmutableMap<String, Tensor> expected = Rewritten.outputs(rewritten, inputs);
    try (ShardedSession session = ShardedSession.open(folder.resolve("shards"))) {
      ImmutableMap<String, Tensor> actual = Rewritten.outputs(session, inputs);
      expected.forEach(
          (name, tensor) ->
              assertThat(Objects.requireNonNull(actual.get(name)).toFloats())
                  .containsExactly(tensor.toFloats(), Offset.offset(1e-6f)));
    }
  }

  @Test
  void writesTheSameBytesTwice() throws IOException {
    Path model = Rewritten.twoRegions(17).write(folder.resolve("in.onnx"));
    Path rewritten = Rewritten.of(model, Rewritten.options(3).build());
    String first = ManifestWriter.text(shard(rewritten));
    String second =
        ManifestWriter.text(
            Sharder.shard(rewritten, folder.resolve("again"), ShardLayout.FOLDER, false));
    assertThat(second).isEqualTo(first);
  }
}
