package dev.partita.corpus;

import dev.partita.UnsupportedInputException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Collects what became of the models of a corpus, and what went wrong. */
final class CorpusReport {

  private final String name;
  private final List<CorpusResult> results = new ArrayList<>();
  private final List<String> wrong = new ArrayList<>();
  private final List<String> refused = new ArrayList<>();

  CorpusReport(String name) {
    this.name = name;
  }

  /** One model's run. */
  interface Run {
    CorpusResult run() throws IOException;
  }

  /** Runs a model. A refusal is noted; any other exception is something wrong. */
  void add(String model, Run run) throws IOException {
    try {
      CorpusResult result = run.run();
      results.add(result);
      result.problems().forEach(problem -> wrong.add(model + ": " + problem));
    } catch (UnsupportedInputException e) {
      refused.add(model + " refused: " + e.getMessage());
    } catch (RuntimeException e) {
      StringWriter trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      wrong.add(model + ": " + trace);
    }
  }

  List<CorpusResult> results() {
    return List.copyOf(results);
  }

  List<String> wrong() {
    return List.copyOf(wrong);
  }

  /** Models that were refused, with the reason. */
  List<String> refused() {
    return List.copyOf(refused);
  }

  /** The share of the products that were left alone, 0 to 1; not a number where there were none. */
  double leftAlone() {
    double products = results.stream().mapToInt(CorpusResult::products).sum();
    return results.stream().mapToInt(CorpusResult::leftAlone).sum() / products;
  }

  /** The table of models with products, then the structure of all that was left alone. */
  String text() {
    List<String> lines = new ArrayList<>(List.of(CorpusResult.header()));
    results.stream().filter(r -> r.products() > 0).map(CorpusResult::line).forEach(lines::add);
    lines.addAll(refused);
    lines.addAll(wrong);
    int products = results.stream().mapToInt(CorpusResult::products).sum();
    int left = results.stream().mapToInt(CorpusResult::leftAlone).sum();
    lines.add("%d products with a constant weight, %d left alone".formatted(products, left));
    Set<String> structures = new LinkedHashSet<>();
    for (CorpusResult result : results) {
      result.structures().forEach(s -> structures.add(result.model() + "\t" + s));
    }
    lines.addAll(structures);
    return String.join("\n", lines) + "\n";
  }

  /** Writes the text under {@code target/corpus}. */
  void write() throws IOException {
    Path folder = Files.createDirectories(Path.of("target", "corpus"));
    Files.writeString(folder.resolve(name + ".txt"), text());
  }
}
