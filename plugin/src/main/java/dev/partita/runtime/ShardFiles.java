package dev.partita.runtime;

import dev.partita.model.ModelFile;
import dev.partita.runtime.ShardManifest.Stage;
import dev.partita.runtime.ShardManifest.StoredFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files of a folder of shards, held to its manifest before anything is loaded. */
final class ShardFiles {
  private static final String HINT = "Copy the whole folder again, or write it with partita shard.";

  private ShardFiles() {}

  /**
   * The model of a stage, all of whose files are as they were written.
   *
   * @throws DataException if one is missing, lies elsewhere or holds other bytes
   */
  static Path verified(Path folder, Stage stage) {
    for (StoredFile stored : stage.files()) {
      verify(folder, stage, stored);
    }
    return folder.resolve(stage.files().get(0).path());
  }

  private static void verify(Path folder, Stage stage, StoredFile stored) {
    Path file = folder.resolve(stored.path());
    try {
      if (!Files.isRegularFile(file)) {
        throw refuse(file, stage, "is missing");
      }
      if (!file.toRealPath().startsWith(folder.toRealPath())) {
        throw refuse(file, stage, "is a link that points outside the folder");
      }
      if (Files.size(file) != stored.bytes()) {
        throw refuse(
            file,
            stage,
            "has %d bytes, but the manifest lists %d".formatted(Files.size(file), stored.bytes()));
      }
    } catch (IOException failure) {
      throw new DataException(
          "%s cannot be read: %s.".formatted(file, failure.getMessage()),
          "Check that the folder is complete, or write it again with partita shard.",
          failure);
    }
    if (!ModelFile.sha256(file).equals(stored.sha256())) {
      throw refuse(file, stage, "does not match the sha256 in the manifest");
    }
  }

  private static DataException refuse(Path file, Stage stage, String reason) {
    return new DataException(
        "%s, of the stage \"%s\", %s.".formatted(file, stage.name(), reason), HINT);
  }
}
