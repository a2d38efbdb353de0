package dev.partita.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CompletionCommandTest extends CommandLineTest {

  /** What bash would offer behind these words. */
  private String offered(String... words) throws IOException, InterruptedException {
    Path script = Files.writeString(file("completion.bash"), run("completion", "bash").out());
    String line = String.join(" ", words);
    String program =
        "source '%s'; COMP_WORDS=(%s); COMP_CWORD=%d; COMP_LINE='%s'; COMP_POINT=${#COMP_LINE};"
                .formatted(script, line, words.length - 1, line)
            + " _complete_partita; printf '%s\\n' \"${COMPREPLY[@]}\"";
    Process bash = new ProcessBuilder("bash", "-c", program).redirectErrorStream(true).start();
    String text = new String(bash.getInputStream().readAllBytes(), UTF_8);
    assertThat(bash.waitFor()).as(text).isZero();
    return text;
  }

  @Test
  void completesCommandsAndOptionsInBash() throws IOException, InterruptedException {
    assertThat(offered("partita", "opt").lines()).containsExactly("optimize");
    assertThat(offered("partita", "optimize", "--rep").lines())
        .contains("--report", "--repair")
        .doesNotContain("--shape");
  }

  @Test
  void zshLoadsItsBashCompletionFirst() {
    Result result = run("completion", "zsh");
    assertThat(result.code()).isEqualTo(ExitCode.DONE);
    assertThat(result.out()).startsWith("autoload -U +X bashcompinit && bashcompinit\n#!");
  }

  @Test
  void knowsNoOtherShell() {
    Result result = run("completion", "fish");
    assertThat(result.code()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains("bash or zsh");
  }
}
