package dev.partita.report;

import com.google.common.base.Strings;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;

/**
 * A table of plain characters, at most {@value #WIDTH} wide. The first column holds names, is
 * aligned to the left and gives way where the line would grow too long; the others hold figures.
 */
final class TextTable {

  static final int WIDTH = 100;

  private static final int MINIMUM_NAME = 12;

  /** A row of cells, a rule across the table, or a note across the table. */
  private sealed interface Line permits Row, Rule, Note {}

  private record Row(ImmutableList<String> cells) implements Line {}

  private record Rule() implements Line {}

  private record Note(String text) implements Line {}

  private final int columns;
  private final List<Line> lines = new ArrayList<>();

  TextTable(String... header) {
    columns = header.length;
    lines.add(new Rule());
    row(header);
    lines.add(new Rule());
  }

  TextTable row(String... cells) {
    if (cells.length != columns) {
      throw new IllegalArgumentException(cells.length + " cells for " + columns + " columns");
    }
    lines.add(new Row(ImmutableList.copyOf(cells)));
    return this;
  }

  TextTable rule() {
    // No two rules on top of each other, so that empty sections leave no trace.
    if (!(lines.get(lines.size() - 1) instanceof Rule)) {
      lines.add(new Rule());
    }
    return this;
  }

  /** A sentence across all columns. */
  TextTable note(String text) {
    lines.add(new Note(text));
    return this;
  }

  String render() {
    rule();
    int[] widths = widths();
    StringBuilder text = new StringBuilder();
    for (Line line : lines) {
      if (line instanceof Row row) {
        text.append(cells(row, widths));
      } else if (line instanceof Note note) {
        append(text, note.text(), widths);
      } else {
        text.append(ruler(widths));
      }
    }
    return text.toString();
  }

  private int[] widths() {
    int[] widths = new int[columns];
    for (Line line : lines) {
      if (line instanceof Row row) {
        for (int column = 0; column < columns; column++) {
          widths[column] = Math.max(widths[column], row.cells().get(column).length());
        }
      }
    }
    int excess = total(widths) - WIDTH;
    if (excess > 0) {
      widths[0] = Math.max(MINIMUM_NAME, widths[0] - excess);
    }
    return widths;
  }

  private static int total(int[] widths) {
    int total = 1;
    for (int width : widths) {
      total += width + 3;
    }
    return total;
  }

  /** A name that is too long goes on in the next line: cut short it might be another's. */
  private static String cells(Row row, int[] widths) {
    List<String> name = TextLines.breakName(row.cells().get(0), widths[0]);
    StringBuilder text = new StringBuilder();
    for (int line = 0; line < name.size(); line++) {
      text.append("| ").append(Strings.padEnd(name.get(line), widths[0], ' ')).append(" |");
      for (int column = 1; column < widths.length; column++) {
        String cell = line == 0 ? row.cells().get(column) : "";
        text.append(' ').append(Strings.padStart(cell, widths[column], ' ')).append(" |");
      }
      text.append('\n');
    }
    return text.toString();
  }

  private static void append(StringBuilder text, String note, int[] widths) {
    int inside = total(widths) - 4;
    for (String part : TextLines.wrap(note, inside)) {
      text.append("| ").append(Strings.padEnd(part, inside, ' ')).append(" |\n");
    }
  }

  private static String ruler(int[] widths) {
    StringBuilder text = new StringBuilder("+");
    for (int width : widths) {
      text.append("-".repeat(width + 2)).append('+');
    }
    return text.append('\n').toString();
  }
}
