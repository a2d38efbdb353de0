package dev.partita.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests run from folders of classes, of which Java makes no archive. tools/python/tests makes one
 * of the jar.
 */
class ClassArchiveTest {

  @TempDir Path folder;

  @AfterEach
  void forget() {
    System.clearProperty(ClassArchive.PROPERTY);
  }

  @Test
  void makesNothingUnasked() throws IOException {
    ClassArchive.makeIfAsked();
    assertThat(files(folder)).isEmpty();
  }

  @Test
  void aFailureLeavesAnEmptyFileAndNothingElse() throws IOException {
    Path cache = folder.resolve("cache/deeper");
    Path stale = Files.createDirectories(cache).resolve("classes-8-0.jsa");
    Path recent = cache.resolve("classes-9-0.jsa");
    Files.createFile(stale);
    Files.createFile(recent);
    Files.setLastModifiedTime(stale, FileTime.from(Instant.now().minus(Duration.ofDays(90))));
    Path archive = cache.resolve("classes-17-0.jsa");
    System.setProperty(ClassArchive.PROPERTY, archive.toString());
    ClassArchive.makeIfAsked();
    assertThat(archive).isEmptyFile();
    assertThat(files(cache)).containsExactlyInAnyOrder(archive, recent);
  }

  @Test
  void aCacheThatCannotBeMadeIsNoFailure() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    System.setProperty(ClassArchive.PROPERTY, file.resolve("classes-17-0.jsa").toString());
    ClassArchive.makeIfAsked();
    assertThat(files(folder)).containsExactly(file);
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }
}
