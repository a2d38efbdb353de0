package dev.partita.model;

import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells temporary folders in use from abandoned ones: whoever uses one holds the lock of a file in
 * it, which the system gives back when the process ends, however it ends.
 */
final class FolderLock implements AutoCloseable {

  private static final String NAME = ".partita-lock";

  /**
   * Folders of this process. Their files must not even be opened again: on POSIX systems closing
   * any channel of a file gives back all of the process's locks on it.
   */
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final FileChannel channel;

  private FolderLock(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /** The lock of a new folder; null if another process removed it as abandoned. */
  static @Nullable FolderLock take(Path folder) throws IOException {
    Path file = folder.resolve(NAME);
    Path real;
    FileChannel channel;
    try {
      real = folder.toRealPath();
      OWN.add(real);
      channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    } catch (NoSuchFileException gone) {
      // An empty folder looks abandoned.
      return null;
    }
    try {
      // Taken first and looked for then: between making the file and locking it, another process
      // may have locked and removed it.
      if (channel.tryLock() != null && Files.exists(file)) {
        return new FolderLock(real, channel);
      }
    } catch (IOException noLocks) {
      // A file system without locks: nobody can lock the file, so nobody removes the folder.
      return new FolderLock(real, channel);
    }
    channel.close();
    OWN.remove(real);
    return null;
  }

  /**
   * Removes folders that processes left behind when they were killed: of this user, with the lock
   * file in them and the lock free, or empty. What cannot be read is left alone.
   */
  static void removeAbandoned(Path parent, String prefix) {
    try (DirectoryStream<Path> folders =
        Files.newDirectoryStream(parent, path -> isCandidate(path, prefix))) {
      for (Path folder : folders) {
        removeIfAbandoned(folder);
      }
    } catch (IOException | DirectoryIteratorException e) {
      return;
    }
  }

  private static boolean isCandidate(Path path, String prefix) throws IOException {
    return path.getFileName().toString().startsWith(prefix)
        && Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
        && !OWN.contains(path.toRealPath())
        && Files.getOwner(path, LinkOption.NOFOLLOW_LINKS)
            .getName()
            .equals(System.getProperty("user.name"));
  }

  private static void removeIfAbandoned(Path folder) {
    Path file = folder.resolve(NAME);
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      deleteIfEmpty(folder);
      return;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      if (channel.tryLock() != null) {
        deleteAllBut(folder, file);
        // While it is locked, so that nobody can take it in between.
        Files.delete(file);
        Files.delete(folder);
      }
    } catch (IOException | OverlappingFileLockException inUse) {
      return;
    }
  }

  /** One whose process ended before it had a lock, or after it had given it up. */
  private static void deleteIfEmpty(Path folder) {
    try {
      Files.delete(folder);
    } catch (IOException filled) {
      return;
    }
  }

  /** Deletes what is in the folder, but for the lock itself. */
  void deleteContents() throws IOException {
    deleteAllBut(folder, folder.resolve(NAME));
  }

  private static void deleteAllBut(Path folder, Path kept) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        if (!file.equals(kept)) {
          MoreFiles.deleteRecursively(file);
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
    OWN.remove(folder);
  }
}
