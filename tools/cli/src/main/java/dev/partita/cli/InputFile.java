package dev.partita.cli;

import dev.partita.UnsupportedInputException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** Models that a command reads. */
final class InputFile {

  private InputFile() {}

  /**
   * The same path.
   *
   * @throws UnsupportedInputException where there is no file, or one that cannot be read
   */
  static Path readable(Path input) {
    if (Files.notExists(input)) {
      throw new UnsupportedInputException(
          "There is no file " + input + ".", "Check the path; - means standard input.");
    }
    if (Files.isDirectory(input)) {
      throw new UnsupportedInputException(
          input + " is a folder, not a model.", "Name the .onnx file in it.");
    }
    if (!Files.isReadable(input)) {
      throw new UnsupportedInputException(input + " cannot be read.", "Check its permissions.");
    }
    return input;
  }

  /** What is named where that is a file or folder, and not a word such as {@code random}. */
  static Optional<Path> existing(String named) {
    try {
      return Optional.of(Path.of(named)).filter(Files::exists);
    } catch (InvalidPathException noPath) {
      return Optional.empty();
    }
  }
}
