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

  /** Products of two dimensions that can be cut where half of the weights are zero. */
  private static final int FEWEST_CUT = 5;

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

  @Test
  void losslessCutsChangeNoOutput() throws IOException {
    List<String> wrong = new ArrayList<>();
    int models = 0;
    int cut = 0;
    for (Path file : files()) {
      String name = root().relativize(file.getParent()).toString().replace('/', '.');
      List<Path> all = new ArrayList<>(List.of(file));
      for (Path baked : BakedInputs.of(file, folder.resolve("models").resolve(name))) {
        all.add(baked);
        BakedInputs.group(baked).ifPresent(all::add);
      }
      for (Path model : all) {
        LosslessCase.Result result =
            LosslessCase.run(model, 2, folder.resolve("out.onnx"), data(file(model)));
        cut += result.cut();
        models++;
        result.problems().forEach(problem -> wrong.add(model + ": " + problem));
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(models).isGreaterThan(MODELS);
    assertThat(cut).as("layers cut").isGreaterThanOrEqualTo(FEWEST_CUT);
  }

  /** The file that lies beside a model's data. */
  private static Path file(Path model) {
    return model.resolveSibling("model.onnx");
  }

  private static CorpusCase.Data data(Path file) {
    return inputs ->
        DataSet.read(file.getParent().toString(), inputs, /* seed= */ 1).batches(1).stream()
            .map(batch -> batch.inputs())
            .toList();
  }

  private void run(Path file, String name, CorpusReport report) throws IOException {
    Path outputs = Files.createDirectories(folder.resolve("outputs"));
    report.add(name, () -> new CorpusCase(name, file, 2, data(file), outputs).run());
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
