package dev.partita.accelerator;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.io.Resources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A table of reference cases; a cell in quotes may hold commas. */
final class ReferenceTable {
  private ReferenceTable() {}

  static ImmutableList<ImmutableMap<String, String>> read(String name) {
    List<String> lines;
    try {
      lines =
          Resources.readLines(
              Resources.getResource("dev/partita/fixtures/reference/" + name),
              StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<String> header = cells(lines.get(0));
    ImmutableList.Builder<ImmutableMap<String, String>> rows = ImmutableList.builder();
    for (String line : lines.subList(1, lines.size())) {
      List<String> cells = cells(line);
      ImmutableMap.Builder<String, String> row = ImmutableMap.builder();
      for (int i = 0; i < header.size(); i++) {
        row.put(header.get(i), cells.get(i));
      }
      rows.add(row.buildOrThrow());
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
