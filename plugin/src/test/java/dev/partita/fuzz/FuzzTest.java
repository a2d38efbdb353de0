package dev.partita.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.partita.testing.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutated model files, inspected and optimized in a JVM of 256 MiB: a result or a refusal, and
 * nothing else. What was found before stands in {@link HostileModelTest}.
 */
@Tag("slow")
class FuzzTest {

  private static final int MUTATIONS = Integer.getInteger("partita.fuzz.mutations", 2000);
  private static final long SEED = Long.getLong("partita.fuzz.seed", 1);
  private static final Pattern SUMMARY =
      Pattern.compile("mutations: (\\d+), written: (\\d+), refused: (\\d+), .* findings: 0");

  @TempDir private Path folder;

  @Test
  void everyInputIsOptimizedOrRefused() throws Exception {
    Path memory = Path.of("/dev/shm");
    // Half of the time would go to a disk.
    Path root =
        Files.isWritable(memory) ? Files.createTempDirectory(memory, "partita-fuzz-") : folder;
    Path findings = Path.of("target/fuzz");
    Path log = folder.resolve("fuzz.log");
    try {
      Process fuzzer =
          ChildJvm.start(
              "256m",
              Files.createDirectories(root.resolve("temporary")),
              log,
              Fuzzer.class,
              root.toString(),
              findings.toString(),
              Integer.toString(MUTATIONS),
              Long.toString(SEED));
      int code = fuzzer.waitFor();
      String said = Files.readString(log);
      assertThat(code).as(said).isZero();
      Matcher summary = SUMMARY.matcher(said);
      assertThat(summary.find()).as(said).isTrue();
      assertThat(Integer.parseInt(summary.group(1))).isEqualTo(MUTATIONS);
      assertThat(Integer.parseInt(summary.group(2))).isGreaterThan(MUTATIONS / 10);
      assertThat(Integer.parseInt(summary.group(3))).isGreaterThan(MUTATIONS / 10);
    } finally {
      deleteAll(root);
    }
  }

  @Test
  void theSandboxTellsWhatWasTouched() throws IOException {
    Sandbox sandbox = new Sandbox(folder.resolve("box"));
    assertThat(sandbox.complaint(false)).isEmpty();
    assertThat(sandbox.complaint(true)).contains("in the output folder");
    Files.writeString(sandbox.output(), "a model");
    assertThat(sandbox.complaint(true)).isEmpty();
    assertThat(sandbox.complaint(false)).contains("left behind");
    Path stray = Files.writeString(sandbox.root().resolve("model/stray"), "stray");
    assertThat(sandbox.complaint(true)).contains("model/stray");
    Files.delete(stray);
    assertThat(sandbox.dataIsUnchanged()).isTrue();
    Files.writeString(sandbox.root().resolve("outside.bin"), "other");
    assertThat(sandbox.dataIsUnchanged()).isFalse();
  }

  private static void deleteAll(Path root) throws IOException {
    if (Files.exists(root)) {
      MoreFiles.deleteRecursively(root, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }
}
