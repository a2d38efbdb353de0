package dev.partita.model;

import dev.partita.UnsupportedInputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** What is said of a file that could not be written. */
final class WriteFailure {

  /** What Linux, macOS and Windows say of a disk or a quota that is used up. */
  private static final List<String> FULL =
      List.of(
          "no space left on device",
          "not enough space on the disk",
          "disk quota exceeded",
          "quota exceeded");

  private WriteFailure() {}

  static UnsupportedInputException of(Path target, IOException failure) {
    String message = String.valueOf(failure.getMessage());
    String lower = message.toLowerCase(Locale.ROOT);
    if (FULL.stream().anyMatch(lower::contains)) {
      return new UnsupportedInputException(
          target + ": cannot be written, because the disk is full",
          "Make room on it, or write elsewhere.",
          failure);
    }
    return new UnsupportedInputException(
        target
            + ": cannot be written ("
            + failure.getClass().getSimpleName()
            + ": "
            + message
            + ")",
        "Check that the folder is writable and that the disk has room.",
        failure);
  }
}
