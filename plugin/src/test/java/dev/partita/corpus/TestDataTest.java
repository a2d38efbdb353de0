package dev.partita.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.partita.UnsupportedInputException;
import dev.partita.runtime.DataSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The conformance models of the ONNX standard, with the data sets that ship with them. */
class TestDataTest {

  private static final int MODELS = 1072;

  @TempDir private Path folder;

  @Test
  void everyModelIsReadWrittenExplainedAndCut() throws IOException {
    Path corpus = Path.of(System.getProperty("partita.testdata"));
    List<Path> files;
    try (Stream<Path> all = Files.walk(corpus)) {
      files = all.filter(f -> f.endsWith("model.onnx")).sorted().toList();
    }
    List<String> lines = new ArrayList<>(List.of(CorpusResult.header()));
    List<String> structures = new ArrayList<>();
    int cut = 0;
    for (Path file : files) {
      Path place = file.getParent();
      String name = corpus.relativize(place).toString().replace('/', '.');
      try {
        CorpusResult result =
            new CorpusCase(
                    name,
                    file,
                    2,
                    inputs ->
                        DataSet.read(place.toString(), inputs, /* seed= */ 1).batches(1).stream()
                            .map(batch -> batch.inputs())
                            .toList(),
                    folder)
                .run();
        cut += result.cut();
        if (result.products() > 0 || !result.problems().isEmpty()) {
          lines.add(result.line());
        }
        result.structures().forEach(s -> structures.add(result.model() + "\t" + s));
      } catch (UnsupportedInputException e) {
        lines.add(name + " refused: " + e.getMessage());
      } catch (RuntimeException e) {
        lines.add(name + " CRASH " + e);
      }
    }
    Path out = Path.of(System.getProperty("partita.testdata.out"));
    Files.write(out.resolve("testdata-report.txt"), lines);
    Files.write(out.resolve("testdata-structures.txt"), structures);
    assertThat(files).hasSize(MODELS);
    assertThat(lines).noneMatch(line -> line.contains("!!") || line.contains("CRASH"));
    assertThat(cut).isPositive();
  }
}
