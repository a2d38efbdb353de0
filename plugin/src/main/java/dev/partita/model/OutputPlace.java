package dev.partita.model;

import dev.partita.UnsupportedInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What is at the place of a file that is to be written: a device must not become a file. */
public final class OutputPlace {

  /** The bits of a Unix mode that say what a file is, and two of their values. */
  private static final int KIND = 0170000;

  private static final int PIPE = 0010000;
  private static final int CHARACTERS = 0020000;

  /** Descriptors of processes are here, and links such as /dev/stdout lead to them. */
  private static final Path PROCESSES = Path.of("/proc");

  private OutputPlace() {}

  /** Whether a device, pipe, socket or descriptor is there, itself or behind a link. */
  public static boolean isSpecial(Path place) {
    return isDescriptor(place)
        || (Files.exists(place) && !Files.isRegularFile(place) && !Files.isDirectory(place));
  }

  /** Whether it is one that a text can be written to: a pipe, a terminal, a descriptor. */
  public static boolean isStream(Path place) {
    if (isDescriptor(place)) {
      return true;
    }
    if (!isSpecial(place)) {
      return false;
    }
    try {
      int kind = (int) Files.getAttribute(place, "unix:mode") & KIND;
      return kind == PIPE || kind == CHARACTERS;
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException unknown) {
      return false;
    }
  }

  private static boolean isDescriptor(Path place) {
    Path parent = place.toAbsolutePath().getParent();
    try {
      return parent != null
          && Files.isSymbolicLink(place)
          && (Files.readSymbolicLink(place).startsWith(PROCESSES)
              || parent.toRealPath().startsWith(PROCESSES));
    } catch (IOException unknown) {
      return false;
    }
  }

  /**
   * Refuses to replace what is not a regular file.
   *
   * @throws UnsupportedInputException if a device, pipe or socket is there
   */
  public static void requireReplaceable(Path place) {
    if (isSpecial(place)) {
      throw new UnsupportedInputException(
          place + ": is a device, pipe or socket, which is never replaced", "Name a file.");
    }
  }
}
