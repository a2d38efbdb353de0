package dev.partita.commands;

import static org.assertj.core.api.Assertions.assertThat;

import dev.partita.fixtures.LargeTransformer;
import dev.partita.fixtures.LargeTransformer.Shape;
import dev.partita.model.GraphIndex;
import dev.partita.model.ModelFile;
import dev.partita.model.OnnxModel;
import dev.partita.model.Tensors;
import dev.partita.onnx.TensorProto;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Transformer whose new weights alone are larger than the heap. */
@Tag("slow")
class OptimizeLargeTest {

  /** 319 MB, of which 81 MB are kept, all in one run. */
  private static final Shape SHAPE = new Shape(6, 1024, 4096, 4096, 3);

  @TempDir private Path folder;

  @Test
  void neitherTheModelNorItsNewWeightsNeedHeap() throws Exception {
    Path model = LargeTransformer.write(Files.createDirectories(folder.resolve("in")), SHAPE);
    Path output = Files.createDirectories(folder.resolve("out")).resolve("model.onnx");
    Path log = folder.resolve("optimize.log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                OptimizeWithoutGate.class.getName(),
                model.toString(),
                output.toString(),
                "CONTIGUOUS")
            .redirectErrorStream(true)
            .redirectOutput(Redirect.to(log.toFile()))
            .start();
    assertThat(process.waitFor()).as(() -> read(log)).isZero();

    OnnxModel before = ModelFile.read(model);
    OnnxModel after = ModelFile.read(output);
    GraphIndex original = new GraphIndex(before);
    GraphIndex rewritten = new GraphIndex(after);
    assertThat(constant(rewritten, "embedding").getDimsList())
        .isEqualTo(constant(original, "embedding").getDimsList());
    assertThat(Tensors.rawBytes(after, constant(rewritten, "embedding")))
        .as("copied from file to file")
        .isEqualTo(Tensors.rawBytes(before, constant(original, "embedding")));
    int checked = 0;
    for (int block = 0; block < SHAPE.blocks(); block++) {
      String name = "b" + block + ".wide.weight";
      for (int branch = 0; branch < OptimizeWithoutGate.ACCELERATORS; branch++) {
        checked += checkBlock(original, rewritten, name, branch);
      }
    }
    assertThat(checked).isEqualTo(24 * 256);
    try (Stream<Path> files = Files.list(output.getParent())) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .as("no scratch is left")
          .containsExactlyInAnyOrder("model.onnx", "model.onnx.data");
    }
  }

  /** Rows of a contiguous block, each compared with its part of the original's row. */
  private static int checkBlock(
      GraphIndex original, GraphIndex rewritten, String name, int branch) {
    TensorProto block = constant(rewritten, name + "/branch" + branch);
    assertThat(block.getDimsList()).isEqualTo(List.of(256L, 1024L));
    float[] expected = new float[1024];
    float[] found = new float[1024];
    for (int row = 0; row < 256; row++) {
      long at = (branch * 256L + row) * 4096 + branch * 1024L;
      Tensors.view(original.model(), constant(original, name)).read(at, expected, 0, 1024);
      Tensors.view(rewritten.model(), block).read(row * 1024L, found, 0, 1024);
      assertThat(found).isEqualTo(expected);
    }
    return 256;
  }

  private static TensorProto constant(GraphIndex index, String name) {
    TensorProto tensor = index.constant(name);
    assertThat(tensor).as(name).isNotNull();
    return java.util.Objects.requireNonNull(tensor);
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
