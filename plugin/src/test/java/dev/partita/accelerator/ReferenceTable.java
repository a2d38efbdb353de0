package dev.partita.accelerator;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.io.Resources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** A table of reference cases; a cell in quotes may hold commas. */
final class ReferenceTable {
  private ReferenceTable() {}

  /** The reference cases of nn_dataflow. */
  static ImmutableList<ReferenceRow> nnDataflow() {
    return rows(resource("nn_dataflow.csv"), ReferenceRow::new);
  }

  /** Cases from a file of the same columns. */
  static ImmutableList<ReferenceRow> nnDataflow(Path file) {
    return rows(file(file), ReferenceRow::new);
  }

  /** The reference cases of SCALE-Sim. */
  static ImmutableList<SimulatedProduct> scaleSim() {
    return rows(resource("scalesim.csv"), SimulatedProduct::new);
  }

  /** Cases from a file of the same columns. */
  static ImmutableList<SimulatedProduct> scaleSim(Path file) {
    return rows(file(file), SimulatedProduct::new);
  }

  private static List<String> resource(String name) {
    try {
      return Resources.readLines(
          Resources.getResource("dev/partita/fixtures/reference/" + name), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> file(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static <T> ImmutableList<T> rows(
      List<String> lines, Function<ImmutableMap<String, String>, T> toRow) {
    List<String> header = cells(lines.get(0));
    ImmutableList.Builder<T> rows = ImmutableList.builder();
    for (String line : lines.subList(1, lines.size())) {
      List<String> cells = cells(line);
      ImmutableMap.Builder<String, String> row = ImmutableMap.builder();
      for (int i = 0; i < header.size(); i++) {
        row.put(header.get(i), cells.get(i));
      }
      rows.add(toRow.apply(row.buildOrThrow()));
    }
    return rows.build();
  }

  private static List<String> cells(String line) {
    List<String> cells = new ArrayList<>();
    StringBuilder cell = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        cells.add(cell.toString());
        cell.setLength(0);
      } else {
        cell.append(c);
      }
    }
    cells.add(cell.toString());
    return cells;
  }
}
