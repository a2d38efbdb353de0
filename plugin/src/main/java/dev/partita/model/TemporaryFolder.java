package dev.partita.model;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A folder that is gone when it is closed, and when the process is interrupted as well. */
public final class TemporaryFolder implements AutoCloseable {

  private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(TemporaryFolder::deleteAll, "partita-temporary-folders"));
  }

  private final Path path;

  private TemporaryFolder(Path path) {
    this.path = path;
  }

  /** A new folder inside another one. */
  public static TemporaryFolder in(Path parent, String prefix) throws IOException {
    return opened(Files.createTempDirectory(parent, prefix));
  }

  /** A new folder where the system keeps such. */
  public static TemporaryFolder ofSystem(String prefix) throws IOException {
    return opened(Files.createTempDirectory(prefix));
  }

  private static TemporaryFolder opened(Path path) {
    OPEN.add(path);
    return new TemporaryFolder(path);
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  @Override
  public void close() {
    try {
      if (Files.exists(path)) {
        MoreFiles.deleteRecursively(path, RecursiveDeleteOption.ALLOW_INSECURE);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(path + ": cannot be removed", e);
    } finally {
      OPEN.remove(path);
    }
  }

  /**
   * Closes it where that can be done now, and otherwise when the process ends: Windows holds on to
   * files that are mapped.
   */
  void closeOrLeaveForExit() {
    if (deleteQuietly(path)) {
      OPEN.remove(path);
    }
  }

  private static void deleteAll() {
    OPEN.removeIf(TemporaryFolder::deleteQuietly);
  }

  /** Whether it is gone; for those who have nobody to tell. */
  private static boolean deleteQuietly(Path folder) {
    try {
      MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
