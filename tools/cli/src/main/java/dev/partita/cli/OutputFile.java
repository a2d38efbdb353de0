package dev.partita.cli;

import dev.partita.UsageException;
import dev.partita.model.OutputPlace;
import dev.partita.model.WholeFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;

/** Files that a command writes. */
final class OutputFile {

  private OutputFile() {}

  /**
   * The same for a text, which may also go to a pipe or a terminal that is there.
   *
   * @throws UsageException with the reason
   */
  static void checkText(Path output, List<Path> inputs, boolean overwrite) {
    if (!OutputPlace.isStream(output)) {
      check(output, inputs, overwrite);
    }
  }

  /**
   * Refuses a file that could not be written at the end, or must not be.
   *
   * @param inputs files that are read, which are never replaced
   * @throws UsageException with the reason
   */
  static void check(Path output, List<Path> inputs, boolean overwrite) {
    for (Path input : inputs) {
      if (isSame(input, output)) {
        throw new UsageException(
            output + " is an input of this run and will not be replaced.",
            "Name another file for the output.");
      }
    }
    if (Files.isDirectory(output)) {
      throw new UsageException(output + " is a folder.", "Name a file in it.");
    }
    if (OutputPlace.isSpecial(output)) {
      throw new UsageException(
          output + " is a device, pipe or socket and will not be replaced.", "Name a file.");
    }
    // A link that leads nowhere is somebody's as well.
    if (!overwrite && Files.exists(output, LinkOption.NOFOLLOW_LINKS)) {
      throw new UsageException(output + " exists.", "Pass --overwrite to replace it.");
    }
    Path folder = folder(output);
    if (!Files.isDirectory(folder)) {
      throw new UsageException("There is no folder " + folder + ".", "Create it first.");
    }
    try {
      // Permissions alone do not tell: the file system may be read-only, or another's.
      Files.delete(Files.createTempFile(folder, ".partita", ".probe"));
    } catch (IOException failure) {
      throw new UsageException(
          "The folder " + folder + " cannot be written to.",
          "Check its permissions and the room on the disk.",
          failure);
    }
  }

  /** Writes a text so that the file is there whole or not at all; a pipe stays a pipe. */
  static void write(Path output, String text) {
    WholeFile.write(output, text);
  }

  // Through links of every kind, and whatever the letter case where the file system ignores it.
  private static boolean isSame(Path input, Path output) {
    try {
      return Files.exists(output) && Files.exists(input) && Files.isSameFile(input, output);
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot compare " + input + " and " + output, failure);
    }
  }

  private static Path folder(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? file.toAbsolutePath() : parent;
  }
}
