package dev.partita.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/** Pipes as the places of results. */
class PipeOutputTest extends CommandLineTest {

  private Path pipe() throws IOException, InterruptedException {
    Path pipe = file("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    return pipe;
  }

  private static boolean isPipe(Path pipe) throws IOException {
    return (boolean) Files.getAttribute(pipe, "basic:isOther", LinkOption.NOFOLLOW_LINKS);
  }

  @Test
  void neverReplacesAPipeByAModel() throws IOException, InterruptedException {
    Path pipe = pipe();
    for (String overwrite : new String[] {"--quiet", "--overwrite"}) {
      Result result = run("optimize", model, "-o", pipe.toString(), "--no-gate", overwrite);
      assertThat(result.code()).isEqualTo(ExitCode.USAGE);
      assertThat(result.err()).contains("is a device, pipe or socket and will not be replaced");
    }
    assertThat(isPipe(pipe)).isTrue();
  }

  @Test
  void writesAReportToAPipeThatIsThere()
      throws IOException, InterruptedException, ExecutionException {
    Path pipe = pipe();
    CompletableFuture<String> read =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return Files.readString(pipe);
              } catch (IOException e) {
                return "failed: " + e;
              }
            });
    Result result = run("inspect", model, "--json", pipe.toString());
    assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.DONE);
    assertThat(read.get()).contains("\"path\"");
    assertThat(isPipe(pipe)).isTrue();
  }
}
