package dev.partita.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.partita.fixtures.GraphBuilder;
import dev.partita.repair.moments.Blas;
import dev.partita.testing.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process leaves in the home, the cache and the folder for temporary files. */
class NativeLibrariesTest {

  @TempDir private Path root;
  private Path home;
  private Path temporary;
  private Path model;

  /** Uses both libraries, as a run does. */
  static final class UsesBoth {
    private UsesBoth() {}

    public static void main(String... arguments) {
      Blas.zeros(1).close();
      InferenceSession.open(Path.of(arguments[0])).close();
    }
  }

  @BeforeEach
  void folders() throws IOException {
    home = Files.createDirectory(root.resolve("home"));
    temporary = Files.createDirectory(root.resolve("tmp"));
    model = root.resolve("model.onnx");
    Files.write(
        model,
        GraphBuilder.opset(17)
            .input("x", "N", 4)
            .node("Relu", "x", "y")
            .output("y")
            .build()
            .toByteArray());
  }

  private void run(Path cache) throws Exception {
    Path log = root.resolve("log");
    ProcessBuilder child =
        ChildJvm.builder("128m", temporary, log, UsesBoth.class, model.toString());
    child.environment().keySet().removeIf(name -> name.startsWith("XDG_"));
    child.environment().remove("ORT_DISABLE_TELEMETRY");
    child.environment().put("HOME", home.toString());
    child.environment().put("PARTITA_CACHE", cache.toString());
    assertThat(child.start().waitFor()).as(() -> read(log)).isZero();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  private Path library(Path cache) throws IOException {
    return files(cache).stream()
        .filter(file -> file.endsWith(System.mapLibraryName("onnxruntime")))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aRunLeavesItsLibrariesInTheCacheAndNothingElse() throws Exception {
    Path cache = root.resolve("cache");

    run(cache);

    assertThat(files(home)).as("no telemetry, no cache of JavaCPP's own").isEmpty();
    assertThat(temporary).isEmptyDirectory();
    Path library = library(cache);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(library.getParent())))
        .isEqualTo("rwx------");

    FileTime time = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));
    Files.setLastModifiedTime(library, time);
    run(cache);
    assertThat(Files.getLastModifiedTime(library)).as("unpacked once").isEqualTo(time);
  }

  @Test
  void aLibraryThatDiffersIsReplaced() throws Exception {
    Path cache = root.resolve("cache");
    run(cache);
    Path library = library(cache);
    byte[] whole = Files.readAllBytes(library);
    byte[] planted = whole.clone();
    planted[planted.length / 2] ^= 1;
    Files.write(library, planted);

    run(cache);
    assertThat(Files.readAllBytes(library)).isEqualTo(whole);

    Files.write(library, new byte[0]);
    run(cache);
    assertThat(Files.readAllBytes(library)).isEqualTo(whole);
  }

  @Test
  void aCacheThatOthersMayWriteToIsNotUsed() throws Exception {
    Path cache = Files.createDirectory(root.resolve("cache"));
    Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));

    run(cache);

    assertThat(cache).isEmptyDirectory();
  }

  @Test
  void foldersOfKilledProcessesAreRemovedUnlessTheyAreNewOrHoldLibraries() throws Exception {
    Path old = Files.createDirectory(temporary.resolve("onnxruntime-java1"));
    Path loaded = Files.createDirectory(temporary.resolve("onnxruntime-java2"));
    Path fresh = Files.createDirectory(temporary.resolve("onnxruntime-java3"));
    Path library = Files.createFile(loaded.resolve("lib.so"));
    FileTime before = FileTime.from(Instant.now().minusSeconds(3600));
    Files.setLastModifiedTime(old, before);
    Files.setLastModifiedTime(loaded, before);

    run(root.resolve("cache"));

    assertThat(old).doesNotExist();
    assertThat(library).exists();
    assertThat(fresh).exists();
  }
}
