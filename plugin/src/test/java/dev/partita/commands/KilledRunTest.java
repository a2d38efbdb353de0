package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;

import dev.partita.fixtures.GraphBuilder;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.model.OnnxModel;
import dev.partita.model.Tensors;
import dev.partita.onnx.ModelProto;
import dev.partita.onnx.StringStringEntryProto;
import dev.partita.onnx.TensorProto;
import dev.partita.runtime.InferenceSession;
import dev.partita.testing.ChildJvm;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that are killed at random moments while they write over an output that is there. */
@Tag("slow")
class KilledRunTest {

  private static final int KILLS = Integer.getInteger("partita.kills", 4);
  private static final int FEATURES = 256;
  private static final int LONGEST_MILLIS = 400;
  private static final long SEED = 5;

  @TempDir private Path root;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theOutputIsTheOldOneOrTheNewOne(boolean external) throws Exception {
    Path input = model(external);
    Path out = Files.createDirectory(root.resolve("out"));
    Path output = out.resolve("out.onnx");
    Set<Map<String, String>> good = new HashSet<>();
    for (int way = 0; way < OptimizeForever.WAYS; way++) {
      OptimizeForever.optimize(input, output, way);
      good.add(contents(output));
    }
    assertThat(good).as("two ways give two outputs").hasSize(OptimizeForever.WAYS);
    SplittableRandom random = new SplittableRandom(SEED);
    int abandoned = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      killOne(input, output, kill, random.nextInt(LONGEST_MILLIS));
      assertThat(contents(output)).as("kill %d", kill).isIn(good);
      try (InferenceSession session = InferenceSession.open(output)) {
        assertThat(session.inputs()).isNotEmpty();
      }
      long temporary = names(out).stream().filter(name -> name.startsWith(".partita-")).count();
      // A run has a folder for new weights and one for the output.
      assertThat(temporary).as("earlier ones are cleaned up").isLessThanOrEqualTo(2);
      abandoned += temporary > 0 ? 1 : 0;
    }
    System.out.printf(
        "killed %d runs, %d of them while they wrote, external data %b%n",
        KILLS, abandoned, external);
    OptimizeForever.optimize(input, output, 0);
    assertThat(names(out)).noneMatch(name -> name.startsWith(".partita"));
  }

  private void killOne(Path input, Path output, int kill, int millis) throws Exception {
    Path ready = root.resolve("ready" + kill + input.getFileName());
    Path log = root.resolve("log");
    Process process =
        ChildJvm.start(
            "256m",
            root,
            log,
            OptimizeForever.class,
            input.toString(),
            output.toString(),
            ready.toString());
    try {
      while (!Files.exists(ready)) {
        assertThat(process.isAlive()).as(Files.readString(log)).isTrue();
        Thread.sleep(5);
      }
      boolean ended = process.waitFor(millis, TimeUnit.MILLISECONDS);
      assertThat(ended).as(() -> "ended by itself: " + log).isFalse();
    } finally {
      // SIGKILL on POSIX systems: no shutdown hook is run.
      assertThat(process.destroyForcibly().waitFor()).isNotZero();
    }
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  /** The graph without its weights, and each weight's bytes wherever they stand. */
  private static Map<String, String> contents(Path file) {
    OnnxModel model = ModelFile.read(file);
    GraphIndex index = new GraphIndex(model);
    Map<String, String> contents = new TreeMap<>();
    for (TensorProto tensor : index.model().proto().getGraph().getInitializerList()) {
      contents.put(
          tensor.getName(),
          tensor.getDimsList() + " " + Tensors.rawBytes(model, tensor).hashCode());
    }
    contents.put("nodes", model.proto().getGraph().getNodeList().toString());
    return contents;
  }

  private Path model(boolean external) throws IOException {
    ModelProto model =
        GraphBuilder.opset(17)
            .input("x", "N", FEATURES)
            .random("w1", 1, FEATURES, FEATURES)
            .random("w2", 2, FEATURES, FEATURES)
            .random("w3", 3, FEATURES, FEATURES)
            .node("MatMul", "x, w1", "h")
            .node("Relu", "h", "r")
            .node("MatMul", "r, w2", "s")
            .node("Relu", "s", "t")
            .node("MatMul", "t, w3", "y")
            .output("y", "N", FEATURES)
            .build();
    Path file = root.resolve("in.onnx");
    if (!external) {
      return Files.write(file, model.toByteArray());
    }
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    ModelProto.Builder changed = model.toBuilder();
    for (TensorProto.Builder tensor : changed.getGraphBuilder().getInitializerBuilderList()) {
      int offset = data.size();
      tensor.getRawData().writeTo(data);
      tensor
          .clearRawData()
          .setDataLocation(TensorProto.DataLocation.EXTERNAL)
          .addExternalData(entry("location", "in.bin"))
          .addExternalData(entry("offset", Integer.toString(offset)));
    }
    Files.write(root.resolve("in.bin"), data.toByteArray());
    return Files.write(file, changed.build().toByteArray());
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }
}
