package dev.partita.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.ModelProto;
import dev.partita.runtime.DataException;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.ShardManifest;
import dev.partita.runtime.ShardedRun;
import dev.partita.runtime.ShardedSession;
import dev.partita.runtime.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardedRunTest {

  @TempDir private Path folder;

  @Test
  void joinsBatchesInOneArchive() throws Exception {
    Path rewritten =
        Rewritten.of(
            Rewritten.twoRegions(17).write(folder.resolve("in.onnx")),
            Rewritten.options(3).build());
    ShardManifest unused =
        Sharder.shard(rewritten, folder.resolve("shards"), ShardLayout.FOLDER, false);
    Path output = folder.resolve("out.npz");
    try (ShardedSession session = ShardedSession.open(folder.resolve("shards"))) {
      ShardedRun.Result result = ShardedRun.run(session, "random:5", 7, Map.of("L", 3), 2, output);
      assertThat(result.samples()).isEqualTo(5);
      assertThat(result.shape("y")).isEqualTo("[5, 3, 24]");
      ImmutableMap<String, Tensor> whole =
          Rewritten.outputs(rewritten, Rewritten.inputs(rewritten, 5, 7, Map.of("L", 3)));
      ImmutableMap<String, Tensor> read =
          DataSet.read(output.toString(), session.outputs(), /* seed= */ 1)
              .batches(5)
              .get(0)
              .inputs();
      whole.forEach(
          (name, tensor) ->
              assertThat(Objects.requireNonNull(read.get(name)).toFloats())
                  .containsExactly(tensor.toFloats(), Offset.offset(1e-6f)));
      Path nowhere = folder.resolve("gone");
      Files.createDirectory(nowhere);
      Files.delete(nowhere);
      assertThatThrownBy(
              () -> ShardedRun.run(session, "random:2", 7, Map.of(), 2, nowhere.resolve("out.npz")))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("cannot be written");
    }
  }

  @Test
  void refusesAnOutputWithoutSamples() throws Exception {
    ModelProto model =
        GraphBuilder.opset(12)
            .irVersion(10)
            .input("x", "N", 4)
            .node("left", "Relu", "x", "l")
            .node("right", "Neg", "x", "r")
            .node("ReduceMean", "l", "z")
            .node("Add", "l, r", "y")
            .output("y", "N", 4)
            .output("z", 1, 1)
            .build();
    Path whole = folder.resolve("mean.onnx");
    Files.write(whole, ShardedSessionTest.placed(model, Map.of("left", 0, "right", 1)));
    Path shards = folder.resolve("mean");
    ShardManifest manifest = Sharder.shard(whole, shards, ShardLayout.FOLDER, false);
    assertThat(manifest.shards()).hasSize(3);
    try (ShardedSession session = ShardedSession.open(shards)) {
      assertThatThrownBy(() -> ShardedRun.run(session, "random:4", 7, Map.of(), 2, null))
          .isInstanceOf(DataException.class)
          .hasMessage(
              "The output \"z\" has shape [1, 1] for 2 samples, so it has no axis for samples.");
    }
  }
}
