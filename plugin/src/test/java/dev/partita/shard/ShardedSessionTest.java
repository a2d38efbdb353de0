package dev.partita.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.annotate.MetadataKeys;
import dev.partita.fixtures.DenseHead;
import dev.partita.fixtures.GraphBuilder;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.TensorProto.DataType;
import dev.partita.runtime.DataException;
import dev.partita.runtime.RuntimeFailure;
import dev.partita.runtime.ShardFailure;
import dev.partita.runtime.ShardManifest;
import dev.partita.runtime.ShardManifest.Stage;
import dev.partita.runtime.ShardOptions;
import dev.partita.runtime.ShardedSession;
import dev.partita.runtime.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShardedSessionTest {

  @TempDir private Path folder;

  private Path shards() {
    return folder.resolve("shards");
  }

  /**
   * Two accelerators, of which the second picks rows by an index that the request gives: one that
   * there is not makes its session fail, and no other.
   */
  private void fragile() throws IOException {
    ModelProto model =
        GraphBuilder.opset(17)
            .input("x", "N", 4)
            .input("index", DataType.INT64, 1)
            .random("table", 1, 8, 4)
            .node("left", "Relu", "x", "l")
            .node("right", "Gather", "table, index", "r")
            .node("Add", "l, r", "y")
            .output("y", "N", 4)
            .irVersion(10)
            .build();
    Files.write(folder.resolve("fragile.onnx"), placed(model, Map.of("left", 0, "right", 1)));
    ShardManifest unused =
        Sharder.shard(folder.resolve("fragile.onnx"), shards(), ShardLayout.FOLDER, false);
  }

  static byte[] placed(ModelProto model, Map<String, Integer> accelerators) {
    ModelProto.Builder placed = model.toBuilder();
    for (NodeProto.Builder node : placed.getGraphBuilder().getNodeBuilderList()) {
      Integer accelerator = accelerators.get(node.getName());
      if (accelerator != null) {
        node.addMetadataProps(entry(MetadataKeys.REGION, "r0"))
            .addMetadataProps(entry(MetadataKeys.BRANCH, accelerator.toString()))
            .addMetadataProps(entry(MetadataKeys.ACCELERATOR, accelerator.toString()));
      }
    }
    return placed.build().toByteArray();
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  private static ImmutableMap<String, Tensor> request(float value, long index) {
    return ImmutableMap.of(
        "x",
        Tensor.of(new float[] {value, value, value, value}, 1, 4),
        "index",
        Tensor.of(new long[] {index}, 1));
  }

  @Test
  void failsTheRequestOfAFailingSessionAlone() throws Exception {
    fragile();
    try (ShardedSession session = ShardedSession.open(shards())) {
      float[] before = y(session, request(1, 3));
      ShardFailure failure =
          catchThrowableOfType(
              ShardFailure.class, () -> session.run(request(1, 99), ImmutableList.of("y")));
      assertThat(failure.shard()).isEqualTo("accelerator_1");
      assertThat(failure).hasMessageContaining("\"accelerator_1\"", "\"accelerator_1/stage_0\"");
      assertThat(failure.hint()).isNotNull();
      assertThat(y(session, request(1, 3))).isEqualTo(before);
    }
  }

  private static float[] y(ShardedSession session, Map<String, Tensor> request)
      throws InterruptedException {
    Tensor y = session.run(request, ImmutableList.of("y")).get("y");
    assertThat(y).isNotNull();
    return Objects.requireNonNull(y).toFloats();
  }

  @Test
  void answersManyThreadsEachWithItsOwn() throws Exception {
    fragile();
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (ShardedSession session = ShardedSession.open(shards(), ShardOptions.onCores(2))) {
      float[] zero = y(session, request(0, 3));
      List<Callable<Boolean>> work = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        int value = i;
        work.add(
            () -> {
              if (value % 7 == 0) {
                return catchThrowableOfType(
                        ShardFailure.class, () -> y(session, request(value, -99)))
                    .shard()
                    .equals("accelerator_1");
              }
              return y(session, request(value, 3))[2] == zero[2] + value;
            });
      }
      for (Future<Boolean> answer : threads.invokeAll(work)) {
        assertThat(answer.get()).isTrue();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void runsNoStageThatIsNotNeeded() throws Exception {
    Path rewritten =
        Rewritten.of(
            Rewritten.twoRegions(17).write(folder.resolve("in.onnx")),
            Rewritten.options(3).build());
    ShardManifest manifest = Sharder.shard(rewritten, shards(), ShardLayout.FOLDER, false);
    ImmutableMap<String, Tensor> inputs = Rewritten.inputs(rewritten, 2, 7, Map.of("L", 3));
    try (ShardedSession session = ShardedSession.open(shards())) {
      ConcurrentLinkedQueue<String> ran = new ConcurrentLinkedQueue<>();
      session.run(inputs, ImmutableList.of("t"), (stage, values) -> ran.add(stage));
      assertThat(ran)
          .containsExactlyInAnyOrder(
              "accelerator_0/stage_0",
              "accelerator_1/stage_0",
              "accelerator_2/stage_0",
              "rest/stage_1");
      ran.clear();
      assertThat(session.run(inputs, ImmutableList.of(), (stage, values) -> ran.add(stage)))
          .isEmpty();
      assertThat(ran).isEmpty();
      session.run(inputs, ImmutableList.of("y", "t"), (stage, values) -> ran.add(stage));
      assertThat(ran).hasSize(manifest.stages().size());
    }
  }

  @Test
  void refusesWhatTheModelDoesNotKnow() throws Exception {
    fragile();
    try (ShardedSession session = ShardedSession.open(shards())) {
      assertThatThrownBy(() -> session.run(request(1, 1), ImmutableList.of("z")))
          .isInstanceOf(RuntimeFailure.class)
          .hasMessageContaining("no output \"z\"");
      assertThatThrownBy(() -> session.run(ImmutableMap.of(), ImmutableList.of("y")))
          .isInstanceOf(RuntimeFailure.class)
          .hasMessageContaining("the request has no input \"x\".");
      ImmutableMap<String, Tensor> wrong =
          ImmutableMap.of("x", Tensor.of(new long[4], 1, 4), "index", Tensor.of(new long[1], 1));
      assertThatThrownBy(() -> session.run(wrong, ImmutableList.of("y")))
          .isInstanceOf(RuntimeFailure.class)
          .hasMessageContaining("\"x\" is float32, not int64");
    }
  }

  @Test
  void refusesRequestsOnceItIsClosed() throws Exception {
    fragile();
    ShardedSession session = ShardedSession.open(shards());
    session.close();
    session.close();
    assertThatThrownBy(() -> session.run(request(1, 1), ImmutableList.of("y")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("partita-accelerator_"));
  }

  @Test
  void refusesFilesThatAreNotThoseThatWereWritten() throws Exception {
    Path head = DenseHead.write(folder, new int[] {128, 96, 96, 64}, 1);
    Path rewritten = Rewritten.of(head, Rewritten.options(4).build());
    ShardManifest manifest = Sharder.shard(rewritten, shards(), ShardLayout.FOLDER, false);
    Stage stage = manifest.shards().get(3).stages().get(0);
    Path data = shards().resolve(stage.files().get(1).path());
    byte[] bytes = Files.readAllBytes(data);
    byte[] changed = bytes.clone();
    changed[4096] ^= 1;
    Files.write(data, changed);
    assertRefused(", of the stage \"");
    assertRefused("does not match the sha256 in the manifest");
    Files.write(data, Arrays.copyOf(bytes, bytes.length - 1));
    assertRefused(" bytes, but the manifest lists ");
    Files.delete(data);
    assertRefused("is missing");
    Path outside = Files.write(folder.resolve("outside"), bytes);
    Files.createSymbolicLink(data, outside);
    assertRefused("is a link that points outside the folder");
    Files.delete(data);
    Files.write(data, bytes);
    ShardedSession.open(shards()).close();
  }

  private void assertRefused(String reason) {
    assertThatThrownBy(() -> ShardedSession.open(shards()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "schemaVersion" : 1       | "schemaVersion" : 2         | expected 1
          "accelerators" : 2        | "accelerators" : "two"      | "accelerators" is not a whole number
          "float32"                 | "float31"                   | unknown: float31
          accelerator_1/stage_0.onnx | ../stage_0.onnx            | points outside the folder
          accelerator_1/stage_0.onnx | /stage_0.onnx              | points outside the folder
          "from" : "accelerator_1/stage_0" | "from" : "nobody"    | the stage "rest/stage_1" reads "r", which "nobody" does not produce
          "from" : "accelerator_1/stage_0" | "from" : null        | of the stage "rest/stage_1" is not an input
          "level" : 1               | "level" : 0                 | does not come before it
          "name" : "accelerator_1"  | "name" : "accelerator_0"    | the shard "accelerator_0" is listed twice
          accelerator_1/stage_0.onnx | /stage_0.onnx              | the path "/stage_0.onnx" points outside the folder
          "accelerators" : 2        | "accelerators" : 3000000000 | "accelerators" is too large
          "shape" : [               | "shape" : [ -3,             | "shape" contains a negative size
          "stages" : [              | "stages" : [ ], "old" : [   | the shard "rest" has no stage
          "files" : [               | "files" : [ ], "old" : [    | the stage "rest/stage_1" has no file
          "name" : "accelerator_1/stage_0" | "name" : "accelerator_0/stage_0" | the stage "accelerator_0/stage_0" is listed twice
          "name" : "y"              | "name" : "z"                | no stage produces the output "z"
          accelerator_1/stage_0.onnx | \\u0000                    | is not valid
          "outputs" : [             | "exits" : [                 | "outputs" is not a list
          "sha256" : "              | "sha257" : "                | "sha256" is missing
          {                         | [                           | is not JSON
          """)
  void refusesAManifestThatDoesNotFitTogether(String before, String after, String reason)
      throws Exception {
    fragile();
    Path manifest = shards().resolve(ShardManifest.FILE);
    String text = Files.readString(manifest);
    int at = text.indexOf(before);
    assertThat(at).as("\"%s\" is in the manifest", before).isNotNegative();
    Files.write(
        manifest,
        (text.substring(0, at) + after + text.substring(at + before.length()))
            .getBytes(StandardCharsets.UTF_8));
    assertRefused(reason);
  }

  @Test
  void refusesAValueThatTwoStagesMake() throws Exception {
    fragile();
    Path manifest = shards().resolve(ShardManifest.FILE);
    String text = Files.readString(manifest);
    Files.writeString(manifest, text.replace("\"name\" : \"y\"", "\"name\" : \"l\""));
    assertRefused("two stages produce \"l\"");
  }

  @Test
  void refusesAFolderWithoutManifest() {
    assertThatThrownBy(() -> ShardedSession.open(folder))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("not a folder of shards");
  }

  @Test
  void refusesAModelThatReadsOtherValuesThanTheManifestSays() throws Exception {
    fragile();
    Path manifest = shards().resolve(ShardManifest.FILE);
    // The inputs of the rest in another order: a request would still find them, a person would not.
    String text = Files.readString(manifest);
    Files.writeString(manifest, text.replace("\"name\" : \"index\"", "\"name\" : \"indices\""));
    assertRefused(" and produces ");
  }
}
