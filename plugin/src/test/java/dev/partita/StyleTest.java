package dev.partita;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSet;
import dev.partita.testing.ProseStyle;
import dev.partita.testing.ProseStyle.Language;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hand-written prose avoids the habits that {@link ProseStyle} knows. */
class StyleTest {

  private static final Path ROOT = Path.of("..");

  /** Raise them as the project grows: a test that scans nothing passes. */
  private static final int FEWEST_FILES = 400;

  private static final int FEWEST_PAGES = 14;

  /** Folders of generated, downloaded or kept text. */
  private static final ImmutableSet<String> SKIPPED =
      ImmutableSet.of(
          ".git", "target", "resources", "test", "tests", "pipelines", "corpus", "_generated");

  @Test
  void proseIsPlain() throws IOException {
    List<Path> files = files();
    List<String> problems = new ArrayList<>();
    for (Path file : files) {
      String name = ROOT.relativize(file).toString().replace('\\', '/');
      Language language = language(name);
      if (language != null) {
        problems.addAll(ProseStyle.problems(name, Files.readString(file), language));
      }
    }
    assertThat(problems).isEmpty();
    assertThat(files).hasSizeGreaterThan(FEWEST_FILES);
    assertThat(files.stream().filter(file -> file.toString().endsWith(".md")))
        .hasSizeGreaterThan(FEWEST_PAGES);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "The file is no model.",
        "Its data stands beside it.",
        "The weights that were let\ngo.",
        "It is not looked at.",
        "It moves, so that it is not found.",
        "prints what no other choice beats"
      })
  void aPlantedSentenceIsFound(String sentence) {
    assertThat(ProseStyle.problems("a.md", "One.\n\n" + sentence, Language.MARKDOWN))
        .isNotEmpty()
        .allMatch(problem -> problem.startsWith("a.md:3: \"") && problem.contains("write "));
    String comment = "/** " + sentence.replace("\n", "\n * ") + " */\nclass A {}";
    assertThat(ProseStyle.problems("A.java", comment, Language.JAVA)).isNotEmpty();
    assertThat(ProseStyle.problems("A.java", comment, Language.JAVA_LITERALS)).isEmpty();
    String literal = "f(\"" + sentence.replace("\n", "\"\n + \" ") + "\");";
    assertThat(ProseStyle.problems("A.java", literal, Language.JAVA_LITERALS)).isNotEmpty();
  }

  @Test
  void aWideLineOfProseIsFound() {
    String wide = "word ".repeat(30);
    assertThat(ProseStyle.problems("a.md", "One.\n" + wide, Language.MARKDOWN))
        .containsExactly("a.md:2: 150 columns: end the line at column 120");
    assertThat(ProseStyle.problems("a.md", "    " + wide + "\n| " + wide, Language.MARKDOWN))
        .isEmpty();
  }

  @Test
  void codeAndPlainSentencesAreLeftAlone() {
    String code = "boolean stands = is.no(file); // There is no file, and it is no longer.\n";
    assertThat(ProseStyle.problems("A.java", code, Language.JAVA)).isEmpty();
    String page = "A purpose: write it, so that users can read it.\n\n    it stands anew\n";
    assertThat(ProseStyle.problems("a.md", page, Language.MARKDOWN)).isEmpty();
  }

  private static @Nullable Language language(String name) {
    // Written from literals that are checked.
    if (name.equals("docs/reference.md") || name.equals("docs/troubleshooting.md")) {
      return null;
    }
    if (name.endsWith(".md")) {
      return Language.MARKDOWN;
    }
    if (!name.endsWith(".java")) {
      return Language.OTHER;
    }
    return Language.JAVA;
  }

  private static List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        ROOT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            String name = folder.getFileName().toString();
            return SKIPPED.contains(name) || name.startsWith(".venv")
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String name = file.toString();
            if (name.matches(".*\\.(?:md|java|py|sh)")) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return files;
  }
}
