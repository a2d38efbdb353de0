package dev.partita.cli.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs every command on small models of every form and option, and holds the reports and the
 * written graphs against {@code src/test/resources/golden}. What differs is left under {@code
 * target/golden}, to be read and, where it is right, copied over the old.
 */
class GoldenTest {

  private static final Path KEPT = Path.of("src", "test", "resources", "golden");
  private static final Path LEFT = Path.of("target", "golden");

  @TempDir private Path folder;

  static List<GoldenCase> cases() {
    return GoldenCases.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void givesTheSame(GoldenCase golden) throws IOException {
    Map<String, String> texts = GoldenRun.of(golden, folder);
    assertThat(texts).isNotEmpty();
    List<String> differences = new GoldenFolder(KEPT.resolve(golden.name())).differences(texts);
    if (!differences.isEmpty()) {
      new GoldenFolder(LEFT.resolve(golden.name())).write(texts);
    }
    assertThat(differences)
        .as("%s; what came out is in %s", golden, LEFT.resolve(golden.name()).toAbsolutePath())
        .isEmpty();
  }

  @Test
  void everyFolderBelongsToOneCase() throws IOException {
    ImmutableList<String> names =
        cases().stream().map(GoldenCase::name).collect(ImmutableList.toImmutableList());
    assertThat(names).hasSizeGreaterThan(20).doesNotHaveDuplicates();
    assertThat(GoldenFolder.children(KEPT)).containsExactlyInAnyOrderElementsOf(names);
  }
}
