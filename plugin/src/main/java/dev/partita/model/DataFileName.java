package dev.partita.model;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * Names the data file of a model that is written. A model and its data cannot be put in place in
 * one step, so that data never go where a file is already: whoever reads the target meanwhile finds
 * the old model with its old data, or the new one with its own.
 */
final class DataFileName {

  private DataFileName() {}

  /**
   * The first name that nothing has yet of {@code TARGET.data}, {@code TARGET.1.data}, ...
   *
   * @param target the model file
   */
  static String of(Path target) {
    String name = target.getFileName() + ".data";
    for (int i = 1; isTaken(target.toAbsolutePath().resolveSibling(name)); i++) {
      name = target.getFileName() + "." + i + ".data";
    }
    return name;
  }

  private static boolean isTaken(Path place) {
    return Files.exists(place, LinkOption.NOFOLLOW_LINKS);
  }
}
