package dev.partita.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import com.google.common.io.Resources;
import dev.partita.fixtures.Fixtures;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Models made by others. MiniLM always; with {@code partita.corpus} every model of that folder too,
 * such as {@code tools/corpus/prepare.py} writes. {@code partita.corpus.outputs} names a folder
 * that keeps what was written. The table stands in {@code target/corpus}.
 */
@Tag("slow")
class CorpusTest {

  private static final int SENTENCES = 4;

  /** Of the products with a constant weight, a share. */
  private static final double MOST_LEFT_ALONE = 0.05;

  private static final List<Integer> ACCELERATORS = List.of(2, 4);

  @TempDir private Path folder;

  @Test
  void sentenceEncodersAndWhatTheFolderHolds() throws IOException {
    CorpusReport report = new CorpusReport("corpus");
    for (String name : List.of("all-minilm-l6-v2", "all-minilm-l6-v2-q")) {
      Path file = folder.resolve(name + ".onnx");
      try (OutputStream out = Files.newOutputStream(file)) {
        Resources.copy(Resources.getResource(name + ".onnx"), out);
      }
      run(file, this::tokens, report);
    }
    for (Path file : given()) {
      run(file, CorpusTest::random, report);
    }
    report.write();
    assertThat(report.results()).hasSizeGreaterThanOrEqualTo(2 * ACCELERATORS.size());
    assertThat(report.results()).anyMatch(result -> result.cut() > 0);
    assertThat(report.wrong()).as(report.text()).isEmpty();
    assertThat(report.leftAlone()).as(report.text()).isLessThanOrEqualTo(MOST_LEFT_ALONE);
    assertThat(report.results()).as(report.text()).allMatch(CorpusResult::visible);
  }

  private void run(Path file, CorpusCase.Data data, CorpusReport report) throws IOException {
    Path outputs = outputs();
    String name = file.getFileName().toString().replaceFirst("\\.onnx$", "");
    for (int accelerators : ACCELERATORS) {
      report.add(
          name + " P=" + accelerators,
          () -> new CorpusCase(name, file, accelerators, data, outputs).run());
    }
  }

  private Path outputs() throws IOException {
    String kept = System.getProperty("partita.corpus.outputs", "");
    return Files.createDirectories(kept.isEmpty() ? folder.resolve("outputs") : Path.of(kept));
  }

  private static List<Path> given() throws IOException {
    String corpus = System.getProperty("partita.corpus", "");
    if (corpus.isEmpty()) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(Path.of(corpus))) {
      List<Path> files =
          new ArrayList<>(children.filter(f -> f.toString().endsWith(".onnx")).sorted().toList());
      assertThat(files).as("models in " + corpus).isNotEmpty();
      return files;
    }
  }

  private List<ImmutableMap<String, Tensor>> tokens(List<TensorDescription> inputs) {
    DataSet data = DataSet.read(Fixtures.minilmTokens(folder).toString(), inputs, /* seed= */ 1);
    return List.of(data.batches(SENTENCES).get(0).inputs());
  }

  private static List<ImmutableMap<String, Tensor>> random(List<TensorDescription> inputs) {
    DataSet data = DataSet.read("random:2", inputs, /* seed= */ 1, ImmutableMap.of("sequence", 3));
    return data.batches(2).stream().map(batch -> batch.inputs()).toList();
  }
}
