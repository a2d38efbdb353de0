package dev.partita.model;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.partita.UnsupportedInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * A folder of files that is written completely or not at all: it grows in a temporary folder next
 * to its place, and {@link #commit} moves it there in one step. Closing it uncommitted leaves
 * nothing behind and an older folder untouched.
 */
public final class StagedFolder implements AutoCloseable {

  private final TemporaryFolder temporary;
  private final Path target;
  private final String mark;

  private StagedFolder(TemporaryFolder temporary, Path target, String mark) {
    this.temporary = temporary;
    this.target = target;
    this.mark = mark;
  }

  /**
   * Begins a folder.
   *
   * @param target where it is to end up; the folder around it must exist
   * @param mark a file that tells such a folder from others: one without it is never replaced
   * @param overwrite whether a folder with the mark may be replaced
   * @throws UnsupportedInputException if something is there that may not be replaced
   */
  public static StagedFolder of(Path target, String mark, boolean overwrite) {
    Path place = target.toAbsolutePath().normalize();
    Path parent = place.getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      throw new UnsupportedInputException(
          target + ": the folder around it does not exist", "Create that folder first.");
    }
    requireReplaceable(target, place, mark, overwrite);
    try {
      TemporaryFolder temporary = TemporaryFolder.in(parent, StagedModel.TEMPORARY);
      Files.createDirectory(temporary.path().resolve("new"));
      return new StagedFolder(temporary, place, mark);
    } catch (IOException e) {
      throw WriteFailure.of(target, e);
    }
  }

  private static void requireReplaceable(Path named, Path place, String mark, boolean overwrite) {
    if (!Files.exists(place, LinkOption.NOFOLLOW_LINKS) || isEmpty(place)) {
      return;
    }
    if (!Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)) {
      throw new UnsupportedInputException(named + ": is not a folder", "Name a folder.");
    }
    if (!Files.isRegularFile(place.resolve(mark), LinkOption.NOFOLLOW_LINKS)) {
      throw new UnsupportedInputException(
          named + ": contains files that are not from an earlier run (it has no " + mark + ")",
          "Name an empty folder, or one that does not exist.");
    }
    if (!overwrite) {
      throw new UnsupportedInputException(
          named + ": exists already",
          "Choose a different name, or pass --overwrite to replace it.");
    }
  }

  private static boolean isEmpty(Path place) {
    if (!Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (Stream<Path> files = Files.list(place)) {
      return files.findAny().isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  /** The folder to write to. */
  public Path path() {
    return temporary.path().resolve("new");
  }

  /**
   * Moves the folder to its place.
   *
   * @throws UnsupportedInputException if that fails, or somebody was faster; then an older folder
   *     is as it was
   */
  public void commit() {
    requireReplaceable(target, target, mark, true);
    Path old = temporary.path().resolve("old");
    try {
      boolean replaces = Files.exists(target, LinkOption.NOFOLLOW_LINKS);
      if (replaces) {
        DurableFiles.move(target, old, WriteSteps.UNHINDERED);
      }
      try {
        DurableFiles.move(path(), target, WriteSteps.UNHINDERED);
      } catch (IOException e) {
        if (replaces) {
          DurableFiles.move(old, target, WriteSteps.UNHINDERED);
        }
        throw e;
      }
      DurableFiles.syncFolder(target.getParent());
      if (replaces) {
        MoreFiles.deleteRecursively(old, RecursiveDeleteOption.ALLOW_INSECURE);
      }
    } catch (IOException e) {
      throw WriteFailure.of(target, e);
    }
  }

  @Override
  public void close() {
    temporary.close();
  }
}
