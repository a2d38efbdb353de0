package dev.partita.model;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * A folder that is gone when it is closed, and when the process is interrupted as well. A process
 * that is killed leaves it behind; then the next one that makes such a folder in the same place
 * removes it ({@link FolderLock}).
 */
public final class TemporaryFolder implements AutoCloseable {

  private static final Set<TemporaryFolder> OPEN = ConcurrentHashMap.newKeySet();

  /** Whether the last of them have been removed; changed while {@link #OPEN} is held. */
  private static boolean ending;

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(TemporaryFolder::deleteAll, "partita-temporary-folders"));
  }

  private final Path path;
  private final FolderLock lock;

  private TemporaryFolder(Path path, FolderLock lock) {
    this.path = path;
    this.lock = lock;
  }

  /** A new folder inside another one. */
  public static TemporaryFolder in(Path parent, String prefix) throws IOException {
    FolderLock.removeAbandoned(parent, prefix);
    while (true) {
      synchronized (OPEN) {
        if (!ending) {
          Path path = Files.createTempDirectory(parent, prefix);
          FolderLock lock = FolderLock.take(path);
          if (lock != null) {
            TemporaryFolder folder = new TemporaryFolder(path, lock);
            OPEN.add(folder);
            return folder;
          }
          continue;
        }
      }
      // The process ends at any moment, and nobody would remove what is made now.
      LockSupport.park();
    }
  }

  /** A new folder where the system keeps such. */
  public static TemporaryFolder ofSystem(String prefix) throws IOException {
    return in(Path.of(System.getProperty("java.io.tmpdir")), prefix);
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  @Override
  public void close() {
    try {
      delete();
    } catch (IOException e) {
      throw new UncheckedIOException(path + ": cannot be removed", e);
    } finally {
      OPEN.remove(this);
    }
  }

  private void delete() throws IOException {
    if (Files.exists(path)) {
      // The lock goes last: a folder without one is empty, which tells it from others' folders.
      lock.deleteContents();
    }
    // Windows deletes no file that is open.
    lock.close();
    try {
      if (Files.exists(path)) {
        MoreFiles.deleteRecursively(path, RecursiveDeleteOption.ALLOW_INSECURE);
      }
    } catch (IOException e) {
      // Without its lock it looks abandoned, so that another process may have been faster.
      if (Files.exists(path)) {
        throw e;
      }
    }
  }

  /**
   * Closes it where that can be done now, and otherwise when the process ends: Windows holds on to
   * files that are mapped.
   */
  void closeOrLeaveForExit() {
    if (deleteQuietly(this)) {
      OPEN.remove(this);
    }
  }

  private static void deleteAll() {
    synchronized (OPEN) {
      ending = true;
      OPEN.removeIf(TemporaryFolder::deleteQuietly);
    }
  }

  /** Whether it is gone; for those who have nobody to tell. */
  private static boolean deleteQuietly(TemporaryFolder folder) {
    try {
      folder.delete();
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
