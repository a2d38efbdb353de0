package dev.partita.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** Names the data file of a model that is written. */
final class DataFileName {

  private DataFileName() {}

  /**
   * The target's name with {@code .data} appended, or with {@code .1.data} and so on where that is
   * a file of the model that is read: its weights are never written over.
   */
  static String of(OnnxModel source, Path target) {
    Set<Path> read = new HashSet<>(ExternalTensors.files(source));
    read.add(source.source());
    String name = target.getFileName() + ".data";
    for (int i = 1; isOneOf(target.toAbsolutePath().resolveSibling(name), read); i++) {
      name = target.getFileName() + "." + i + ".data";
    }
    return name;
  }

  private static boolean isOneOf(Path place, Set<Path> files) {
    try {
      for (Path file : files) {
        // Asked of the file system, since it may not tell capital letters from small ones.
        if (Files.exists(place) && Files.isSameFile(place, file)) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(place + ": cannot be looked at", e);
    }
  }
}
