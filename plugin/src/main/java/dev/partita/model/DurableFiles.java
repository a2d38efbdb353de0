package dev.partita.model;

import dev.partita.model.WriteSteps.Step;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Steps of writing that last once they are done, each announced before. */
final class DurableFiles {

  private DurableFiles() {}

  /** A stream that announces every write to a file. */
  static OutputStream announced(OutputStream out, Path file, WriteSteps steps) {
    return new FilterOutputStream(out) {
      @Override
      public void write(int value) throws IOException {
        steps.before(Step.WRITE, file);
        out.write(value);
      }

      @Override
      public void write(byte[] bytes, int from, int count) throws IOException {
        steps.before(Step.WRITE, file);
        out.write(bytes, from, count);
      }
    };
  }

  /** Copies a file to a new place and syncs it. */
  static void copy(Path from, Path to, WriteSteps steps) throws IOException {
    steps.before(Step.CREATE, to);
    try (FileChannel source = FileChannel.open(from, StandardOpenOption.READ);
        FileChannel copy =
            FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      long size = source.size();
      for (long done = 0; done < size; ) {
        steps.before(Step.WRITE, to);
        long moved = source.transferTo(done, size - done, copy);
        if (moved <= 0) {
          throw new IOException(from + " ended early");
        }
        done += moved;
      }
      steps.before(Step.SYNC, to);
      copy.force(true);
    }
  }

  /**
   * Moves a file within its file system in one step, over one that may be there. POSIX promises
   * that readers see the old or the new file; Windows does the same in one call, which fails where
   * somebody has the old one mapped or open without sharing, and then changes nothing.
   */
  static void move(Path from, Path to, WriteSteps steps) throws IOException {
    steps.before(Step.MOVE, to);
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("its file system cannot move files atomically", e);
    }
  }

  /** Makes new directory entries durable; Windows neither needs nor allows this. */
  static void syncFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // The move itself is done; a file system that cannot sync a folder has nothing to add.
      return;
    }
  }
}
