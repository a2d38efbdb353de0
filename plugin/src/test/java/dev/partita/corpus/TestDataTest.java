package dev.partita.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.partita.runtime.DataSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The conformance models of the ONNX standard, which {@code partita.testdata} names the folder of
 * (Debian's {@code libonnx-testdata}), with the data sets that ship with them.
 */
@EnabledIfSystemProperty(named = "partita.testdata", matches = ".+")
class TestDataTest {

  private static final int MODELS = 1072;

  @TempDir private Path folder;

  @Test
  void everyModelIsReadWrittenExplainedAndCut() throws IOException {
    List<Path> files = files();
    CorpusReport report = new CorpusReport("testdata");
    for (Path file : files) {
      run(file, root().relativize(file.getParent()).toString().replace('/', '.'), report);
    }
    report.write();
    assertThat(files).hasSize(MODELS);
    assertThat(report.refused()).isEmpty();
    assertThat(report.results()).hasSize(MODELS);
    assertThat(report.wrong()).as(report.text()).isEmpty();
  }

  @Test
  void productsWhoseWeightsAreBakedInAreCut() throws IOException {
    CorpusReport report = new CorpusReport("testdata-baked");
    for (Path file : files()) {
      String name = root().relativize(file.getParent()).toString().replace('/', '.');
      List<Path> baked = BakedInputs.of(file, folder.resolve("models").resolve(name));
      for (Path model : baked) {
        run(model, name + "." + model.getParent().getFileName(), report);
      }
    }
    report.write();
    assertThat(report.results()).hasSizeGreaterThan(20);
    assertThat(report.results()).anyMatch(result -> result.cut() > 0);
    assertThat(report.wrong()).as(report.text()).isEmpty();
  }

  private void run(Path file, String name, CorpusReport report) throws IOException {
    Path outputs = Files.createDirectories(folder.resolve("outputs"));
    CorpusCase.Data data =
        inputs ->
            DataSet.read(file.getParent().toString(), inputs, /* seed= */ 1).batches(1).stream()
                .map(batch -> batch.inputs())
                .toList();
    report.add(name, () -> new CorpusCase(name, file, 2, data, outputs).run());
  }

  private static Path root() {
    return Path.of(System.getProperty("partita.testdata"));
  }

  private static List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(root())) {
      return new ArrayList<>(all.filter(f -> f.endsWith("model.onnx")).sorted().toList());
    }
  }
}
