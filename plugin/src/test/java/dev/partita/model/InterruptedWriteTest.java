package dev.partita.model;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every step of writing fails once, or is the last thing that the process does. */
class InterruptedWriteTest {

  /** The process is gone: nothing of ours is run any more, except to unwind. */
  private static final class Death extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** Lets so many steps pass. */
  private static final class Limited implements WriteSteps {
    private int left;
    private final boolean dies;

    Limited(int steps, boolean dies) {
      this.left = steps;
      this.dies = dies;
    }

    @Override
    public void before(Step step, Path file) throws IOException {
      if (left-- <= 0) {
        if (dies) {
          throw new Death();
        }
        throw new IOException("No space left on device");
      }
    }
  }

  /** What is written. */
  enum Kind {
    INLINE,
    EXTERNAL,
    COPY,
    COPY_BESIDE_ANOTHER_FILE_OF_THAT_NAME
  }

  private static final int FEWEST_STEPS = 4;

  @TempDir private Path root;
  private Path source;
  private Path out;
  private Path target;

  @BeforeEach
  void makeFolders() throws IOException {
    source = Files.createDirectories(root.resolve("source"));
    out = Files.createDirectories(root.resolve("out"));
    target = out.resolve("out.onnx");
  }

  private OnnxModel model(boolean external, float scale) throws IOException {
    float[] values = new float[64 * 64];
    for (int i = 0; i < values.length; i++) {
      values[i] = i * scale;
    }
    TensorProto weight = Tensors.ofFloats("w", values, 64, 64);
    if (external) {
      Path data = source.resolve("sub/weights.bin");
      Files.createDirectories(data.getParent());
      // Not over a file that is mapped.
      Files.deleteIfExists(data);
      Files.write(data, weight.getRawData().toByteArray());
      weight =
          weight.toBuilder()
              .clearRawData()
              .setDataLocation(TensorProto.DataLocation.EXTERNAL)
              .addExternalData(
                  StringStringEntryProto.newBuilder()
                      .setKey("location")
                      .setValue("sub/weights.bin"))
              .build();
    }
    Path file = source.resolve("model.onnx");
    Files.deleteIfExists(file);
    return ModelFile.read(
        GraphBuilder.opset(17)
            .input("x", "N", 64)
            .initializer(weight)
            .node("MatMul", "x, w", "y")
            .output("y", "N", 64)
            .write(file));
  }

  private OnnxModel model(Kind kind, float scale) throws IOException {
    return model(kind != Kind.INLINE, scale);
  }

  private StagedModel stage(Kind kind, OnnxModel model, WriteSteps steps) {
    return switch (kind) {
      case INLINE, EXTERNAL -> StagedModel.edited(model, withMore(model), target, steps);
      case COPY, COPY_BESIDE_ANOTHER_FILE_OF_THAT_NAME -> StagedModel.copied(model, target, steps);
    };
  }

  private static OnnxModel withMore(OnnxModel model) {
    return GraphEditor.apply(
        new GraphIndex(model),
        new GraphEdit(
            ImmutableSet.of(),
            ImmutableListMultimap.of(),
            ImmutableList.of(Tensors.ofFloats("more", new float[50_000], 50_000))));
  }

  private void write(Kind kind, OnnxModel model, WriteSteps steps) {
    try (StagedModel staged = stage(kind, model, steps)) {
      staged.commit(true);
    }
  }

  /** Every file and folder of the output folder, with the bytes of the files. */
  private Map<String, String> listing() throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> found = Files.walk(out)) {
      for (Path file : found.toList()) {
        files.put(
            out.relativize(file).toString(),
            Files.isRegularFile(file) ? ModelFile.sha256(file) : "folder");
      }
    }
    return files;
  }

  /** The target with its weights in it; null where there is none. */
  private @Nullable ModelProto loaded() {
    if (!Files.exists(target)) {
      return null;
    }
    OnnxModel model = ModelFile.read(target);
    return new TensorRewriter(
            tensor ->
                tensor.toBuilder()
                    .clearExternalData()
                    .clearDataLocation()
                    .setRawData(
                        com.google.protobuf.ByteString.copyFrom(
                            Tensors.rawBytes(model, tensor).asReadOnlyByteBuffer()))
                    .build())
        .rewrite(model.proto());
  }

  private void prepare(Kind kind) throws IOException {
    if (kind == Kind.COPY_BESIDE_ANOTHER_FILE_OF_THAT_NAME) {
      Files.createDirectory(out.resolve("sub"));
      Files.writeString(out.resolve("sub/weights.bin"), "another's");
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aFailureLeavesTheFolderAsItWas(Kind kind) throws IOException {
    prepare(kind);
    int steps = 0;
    for (boolean existing : new boolean[] {false, true}) {
      if (existing) {
        write(kind, model(kind, 1), WriteSteps.UNHINDERED);
      }
      OnnxModel model = model(kind, 2);
      Map<String, String> before = listing();
      for (steps = 0; !succeeds(kind, model, steps); steps++) {
        assertThat(listing()).as("%s failing at step %d", kind, steps).isEqualTo(before);
      }
      assertThat(steps).isGreaterThan(FEWEST_STEPS);
      assertThat(loaded()).isNotNull();
      assertNothingTemporary();
    }
  }

  private boolean succeeds(Kind kind, OnnxModel model, int steps) {
    try {
      write(kind, model, new Limited(steps, false));
      return true;
    } catch (UnsupportedInputException e) {
      assertThat(e).hasMessageContaining(target.toString()).hasMessageContaining("disk is full");
      return false;
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void deathLeavesTheOldPairOrTheNewOne(Kind kind) throws IOException {
    prepare(kind);
    write(kind, model(kind, 1), WriteSteps.UNHINDERED);
    ModelProto old = loaded();
    OnnxModel model = model(kind, 2);
    int steps = 0;
    while (true) {
      try {
        write(kind, model, new Limited(steps, true));
        break;
      } catch (Death death) {
        assertThat(loaded()).as("%s dying at step %d", kind, steps).isEqualTo(old);
        steps++;
      }
    }
    assertThat(steps).isGreaterThan(FEWEST_STEPS);
    assertThat(loaded()).isNotNull().isNotEqualTo(old);
  }

  @Test
  void aReplacedPairLeavesNoDataFileBehind() throws IOException {
    for (float scale = 1; scale < 5; scale++) {
      write(Kind.EXTERNAL, model(true, scale), WriteSteps.UNHINDERED);
      assertThat(listing()).hasSize(3);
    }
  }

  @Test
  void dataThatAnotherModelNamesIsKept() throws IOException {
    write(Kind.EXTERNAL, model(true, 1), WriteSteps.UNHINDERED);
    ModelProto first = loaded();
    Files.copy(target, out.resolve("kept.onnx"));
    write(Kind.EXTERNAL, model(true, 2), WriteSteps.UNHINDERED);
    assertThat(loaded()).isNotEqualTo(first);
    Files.move(out.resolve("kept.onnx"), target, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertThat(loaded()).isEqualTo(first);
  }

  @Test
  void aCopyGoesRoundAFileOfTheSameName() throws IOException {
    Path theirs = out.resolve("sub/weights.bin");
    Files.createDirectories(theirs.getParent());
    Files.writeString(theirs, "theirs");
    OnnxModel model = model(true, 3);
    write(Kind.COPY, model, WriteSteps.UNHINDERED);
    assertThat(theirs).hasContent("theirs");
    assertThat(Tensors.rawBytes(ModelFile.read(target), weight(target)))
        .isEqualTo(Tensors.rawBytes(model, weight(model.source())));
  }

  @Test
  void aCopyFollowsNoLinkOutOfTheFolder() throws IOException {
    Path elsewhere = Files.createDirectories(root.resolve("elsewhere"));
    Files.createSymbolicLink(out.resolve("sub"), elsewhere);
    write(Kind.COPY, model(true, 3), WriteSteps.UNHINDERED);
    assertThat(elsewhere).isEmptyDirectory();
    assertThat(loaded()).isNotNull();
  }

  private static TensorProto weight(Path file) {
    return ModelFile.read(file).proto().getGraph().getInitializer(0);
  }

  @Test
  void aReportIsThereWholeOrNotAtAll() throws IOException {
    Path report = out.resolve("report.json");
    for (String text : new String[] {"one", "another"}) {
      Map<String, String> before = listing();
      int steps = 0;
      while (true) {
        try {
          WholeFile.write(report, text, new Limited(steps, false));
          break;
        } catch (UnsupportedInputException e) {
          assertThat(e).hasMessageContaining("disk is full");
          assertThat(listing()).isEqualTo(before);
          steps++;
        }
      }
      assertThat(steps).isEqualTo(FEWEST_STEPS);
      assertThat(report).hasContent(text);
    }
  }

  private void assertNothingTemporary() throws IOException {
    assertThat(listing().keySet()).noneMatch(name -> name.contains(".partita"));
  }
}
