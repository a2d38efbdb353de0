package dev.partita.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** docs/reference.md against the commands. */
class ReferenceTest extends CommandLineTest {

  private static final Path PAGE = Path.of("../../docs/reference.md");

  @Command(name = "planted", description = "Planted.")
  private static final class Planted implements Callable<Integer> {
    @Option(names = "--rank", paramLabel = "a|b", description = "A 10 %% rank.")
    private int rank;

    @Override
    public Integer call() {
      return rank;
    }
  }

  @Test
  void thePageIsWhatTheCommandsSay() throws IOException {
    assertThat(run("reference").out())
        .as("docs/reference.md is out of date: ./partita reference > docs/reference.md")
        .isEqualTo(Files.readString(PAGE));
  }

  @Test
  void aCommandThatIsMissingIsNoticed() throws IOException {
    CommandLine commands = new CommandLine(new Planted()).addSubcommand("planted", new Planted());
    String written = ReferencePage.of(commands.getCommandSpec());
    assertThat(written)
        .contains("## partita planted\n")
        .contains("| `--rank a\\|b` | A 10 % rank. |");
    assertThat(Files.readString(PAGE)).doesNotContain("planted").isNotEqualTo(written);
  }

  @Test
  void aHiddenCommandIsNoPartOfIt() {
    assertThat(run("reference").out()).doesNotContain("partita reference\n\n");
    assertThat(run("--help").out()).doesNotContain("reference");
    assertThat(run("completion", "bash").out()).doesNotContain("_reference");
  }
}
