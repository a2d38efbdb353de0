package dev.partita.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusTest {

  @TempDir private Path folder;

  @Test
  void everyModelOfAFolder() throws IOException {
    Path corpus = Path.of(System.getProperty("partita.corpus"));
    List<Path> files;
    try (Stream<Path> children = Files.list(corpus)) {
      files = children.filter(f -> f.toString().endsWith(".onnx")).sorted().toList();
    }
    List<String> lines = new ArrayList<>(List.of(CorpusResult.header()));
    List<String> structures = new ArrayList<>();
    for (Path file : files) {
      for (int accelerators : new int[] {2, 4}) {
        try {
          CorpusResult result =
              new CorpusCase(
                      file.getFileName().toString().replaceFirst("\\.onnx$", ""),
                      file,
                      accelerators,
                      CorpusTest::random,
                      folder)
                  .run();
          lines.add(result.line());
          if (accelerators == 2) {
            result.structures().forEach(s -> structures.add(result.model() + "\t" + s));
          }
        } catch (RuntimeException e) {
          lines.add(file.getFileName() + " " + accelerators + " CRASH " + e);
          e.printStackTrace();
        }
      }
    }
    Files.write(corpus.resolve("report.txt"), lines);
    Files.write(corpus.resolve("structures.txt"), structures);
    assertThat(lines).noneMatch(line -> line.contains("!!") || line.contains("CRASH"));
  }

  static List<ImmutableMap<String, Tensor>> random(List<TensorDescription> inputs) {
    DataSet data = DataSet.read("random:2", inputs, 1, ImmutableMap.of("sequence", 3));
    return data.batches(2).stream().map(batch -> batch.inputs()).toList();
  }
}
