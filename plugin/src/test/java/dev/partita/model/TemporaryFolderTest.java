package dev.partita.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which temporary folders are abandoned. The kill test has real ones. */
class TemporaryFolderTest {

  @TempDir private Path parent;

  @Test
  void removesItsOwnAndWhatNobodyLocks() throws IOException {
    Path abandoned = Files.createDirectories(parent.resolve(".t-1/deep")).getParent();
    Files.writeString(abandoned.resolve("deep/file"), "left");
    Files.createFile(abandoned.resolve(".partita-lock"));
    Path empty = Files.createDirectory(parent.resolve(".t-0"));
    Path unlocked = Files.createDirectory(parent.resolve(".t-2"));
    Files.createFile(unlocked.resolve("somebody's"));
    Path other = Files.createDirectory(parent.resolve("other-1"));
    Files.createFile(other.resolve(".partita-lock"));
    Path linked = Files.createSymbolicLink(parent.resolve(".t-3"), other);
    try (TemporaryFolder first = TemporaryFolder.in(parent, ".t-");
        TemporaryFolder second = TemporaryFolder.in(parent, ".t-")) {
      assertThat(abandoned).doesNotExist();
      assertThat(empty).doesNotExist();
      assertThat(unlocked).as("one of somebody else").exists();
      assertThat(other.resolve(".partita-lock")).exists();
      assertThat(linked).exists();
      assertThat(first.path()).exists();
      assertThat(second.path()).exists();
    }
    assertThat(parent.toFile().list()).containsExactlyInAnyOrder(".t-2", ".t-3", "other-1");
  }
}
