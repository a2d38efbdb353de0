package dev.partita.report;

import java.util.ArrayList;
import java.util.List;

/** Sentences and names fitted into lines. */
final class TextLines {

  private static final String GAP = "...";
  private static final String SEPARATORS = "/.:_-";

  private TextLines() {}

  /** A name of at most {@code width} characters; the middle goes, since node names end in sense. */
  static String shorten(String name, int width) {
    if (name.length() <= width) {
      return name;
    }
    int kept = width - GAP.length();
    int head = kept / 3;
    return name.substring(0, head) + GAP + name.substring(name.length() - (kept - head));
  }

  /**
   * A name in lines of at most {@code width} characters, broken after a separator where there is
   * one in the second half of a line. Later lines begin with two blanks.
   */
  static List<String> breakName(String name, int width) {
    List<String> lines = new ArrayList<>();
    String rest = name;
    String indentation = "";
    while (indentation.length() + rest.length() > width) {
      int room = width - indentation.length();
      int end = room;
      for (int i = room; i > room / 2; i--) {
        if (SEPARATORS.indexOf(rest.charAt(i - 1)) >= 0) {
          end = i;
          break;
        }
      }
      lines.add(indentation + rest.substring(0, end));
      rest = rest.substring(end);
      indentation = "  ";
    }
    lines.add(indentation + rest);
    return lines;
  }

  /**
   * A sentence in lines of at most {@code width} characters; a longer word has a line of its own.
   */
  static List<String> wrap(String sentence, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : sentence.split(" ", -1)) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      if (!line.isEmpty()) {
        line.append(' ');
      }
      line.append(shorten(word, width));
    }
    lines.add(line.toString());
    return lines;
  }

  /** A wrapped sentence behind a first indentation, later lines behind spaces as wide. */
  static String paragraph(String indentation, String sentence) {
    String later = " ".repeat(indentation.length());
    StringBuilder text = new StringBuilder();
    for (String line : wrap(sentence, TextTable.WIDTH - indentation.length())) {
      text.append(text.isEmpty() ? indentation : later).append(line).append('\n');
    }
    return text.toString();
  }
}
