package dev.partita.testing;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds habits that make prose hard to read, and says what to write instead. */
public final class ProseStyle {

  public static final int WIDEST_LINE = 120;

  /** What a file is written in, which decides which of its text is prose. */
  public enum Language {
    MARKDOWN,
    JAVA,
    JAVA_LITERALS,
    OTHER
  }

  private record Habit(Pattern pattern, String instead) {

    private Habit(String regex, String instead) {
      this(Pattern.compile(regex.replace(" ", "\\s+"), Pattern.CASE_INSENSITIVE), instead);
    }
  }

  private static final ImmutableList<Habit> HABITS =
      ImmutableList.of(
          new Habit(
              "(?<!\\bthere\\s)\\b(?:is|are|was|were) no (?!(?:longer|more|less|one|\\w+er)\\b)[a-z]+",
              "\"is not a ...\", or \"has no ...\""),
          new Habit("\\bbesides?\\b", "\"next to\", \"with\" or \"in addition to\""),
          new Habit(
              "\\b(?:stands|stood)\\b|\\bstand (?:in|for|on|under|behind|together|there|with)\\b",
              "\"is\", \"is in\" or \"means\""),
          new Habit("\\blook(?:s|ed|ing)? at\\b", "\"read\", \"check\" or \"inspect\""),
          new Habit("\\banew\\b", "\"again\""),
          new Habit("\\bin the place of\\b", "\"instead of\", or the verb \"replace\""),
          new Habit("\\btak(?:e|es|en|ing) (?:\\w+ )?apart\\b", "\"split\""),
          new Habit("\\b(?:held|holds?) (?:\\w+ )?against\\b", "\"compare with\""),
          new Habit("\\blet go\\b", "\"dropped\""),
          new Habit("\\bno other (?:\\w+ )?beats\\b", "\"Pareto-optimal\""),
          new Habit(
              ", so that (?:it|they|there|this|that) (?:is|are|has|have|does|do|cannot|will)\\b",
              "\", so ...\": \"so that\" is for a purpose"),
          new Habit(
              "\\b(?:of late|of old|as it were|that is to say|wherefore|whence|thereof|nought)\\b",
              "plain present-day English"));

  private static final Pattern JAVA_PROSE =
      Pattern.compile(
          "\"\"\"[\\s\\S]*?\"\"\"|\"(?:[^\"\\\\\n]|\\\\.)*\"|/\\*[\\s\\S]*?\\*/|//[^\n]*");

  private static final Pattern CODE_BLOCK = Pattern.compile("(?m)^```[\\s\\S]*?^```|^ {4,}.*$");

  private ProseStyle() {}

  /** A sentence for each habit in a text and each line of prose that is too wide. */
  public static List<String> problems(String file, String text, Language language) {
    String prose = prose(text, language);
    List<String> found = new ArrayList<>();
    for (Habit habit : HABITS) {
      Matcher matcher = habit.pattern().matcher(prose);
      while (matcher.find()) {
        long line = 1 + prose.substring(0, matcher.start()).chars().filter(c -> c == '\n').count();
        found.add(
            "%s:%d: \"%s\": write %s"
                .formatted(file, line, matcher.group().replaceAll("\\s+", " "), habit.instead()));
      }
    }
    if (language == Language.MARKDOWN) {
      String[] lines = prose.split("\n", -1);
      for (int i = 0; i < lines.length; i++) {
        if (lines[i].length() > WIDEST_LINE && !lines[i].startsWith("|")) {
          found.add(
              "%s:%d: %d columns: end the line at column %d"
                  .formatted(file, i + 1, lines[i].length(), WIDEST_LINE));
        }
      }
    }
    return found;
  }

  /** The text with all but its prose and its line ends blanked out. */
  private static String prose(String text, Language language) {
    return switch (language) {
      case MARKDOWN -> CODE_BLOCK.matcher(text).replaceAll(block -> blank(block.group()));
      case JAVA, JAVA_LITERALS -> java(text, language == Language.JAVA);
      case OTHER -> text;
    };
  }

  private static String java(String text, boolean comments) {
    StringBuilder prose = new StringBuilder();
    Matcher matcher = JAVA_PROSE.matcher(text);
    int end = 0;
    while (matcher.find()) {
      String between = text.substring(end, matcher.start());
      // Literals that are joined are one text; other code ends a phrase.
      prose.append(between.strip().equals("+") ? between.replace('+', ' ') : code(between));
      String piece = matcher.group();
      boolean literal = piece.startsWith("\"");
      prose.append(
          literal
              ? piece.replace('"', ' ')
              : comments ? piece.replaceAll("(?m)^(\\s*)\\*", "$1 ") : code(piece));
      end = matcher.end();
    }
    return prose.append(code(text.substring(end))).toString();
  }

  private static String code(String text) {
    return text.isEmpty() ? "" : text.replaceAll("[^\n]", ";");
  }

  private static String blank(String text) {
    return text.replaceAll("[^\n]", "");
  }
}
