package dev.partita.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** What is found where the copy of a data file would go. */
enum DataPlace {
  /** Nothing. */
  FREE,
  /** The file itself, or one that holds the same bytes. */
  SAME,
  /** Another file, or a link on the way, which could lead out of the folder. */
  TAKEN;

  /**
   * Inspects the place.
   *
   * @param file the data file
   * @param folder the target's folder
   * @param relative where in that folder its copy would go
   */
  static DataPlace of(Path file, Path folder, Path relative) {
    try {
      Path place = folder;
      for (Path part : relative) {
        place = place.resolve(part);
        if (Files.isSymbolicLink(place)) {
          return TAKEN;
        }
      }
      if (!Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
        return FREE;
      }
      boolean same =
          Files.isRegularFile(place)
              && (Files.isSameFile(file, place) || Files.mismatch(file, place) < 0);
      return same ? SAME : TAKEN;
    } catch (IOException e) {
      throw new UncheckedIOException(folder.resolve(relative) + ": cannot be accessed", e);
    }
  }
}
