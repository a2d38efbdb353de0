package dev.partita.model;

import dev.partita.UnsupportedInputException;
import dev.partita.onnx.ModelProto;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A model written in full, external data included, to a temporary folder beside its target, so that
 * the bytes that are checked are the bytes that ship. {@link #commit} moves it into place; closing
 * it uncommitted leaves nothing behind and an older target untouched.
 */
public final class StagedModel implements AutoCloseable {

  private final TemporaryFolder folder;
  private final Path target;
  private final List<Path> dataFiles;

  private StagedModel(TemporaryFolder folder, Path target) {
    this.folder = folder;
    this.target = target;
    this.dataFiles = new ArrayList<>();
  }

  /**
   * Writes an edited model. Where the original kept tensors in external data, they are copied from
   * file to file into one file named after the target with {@code .data} appended, and new tensors
   * of 1 KiB and more join them. So do all tensors of that size where the model would else be too
   * long for a protobuf message.
   *
   * @param before the model as read
   * @param after the edited model
   * @param target where it is to end up; its folder must exist
   */
  public static StagedModel edited(OnnxModel before, OnnxModel after, Path target) {
    return edited(before, after, target, ExternalChoice.LONGEST_MESSAGE);
  }

  /** The same with another limit to the length of a message, in bytes. */
  static StagedModel edited(OnnxModel before, OnnxModel after, Path target, long longest) {
    return stage(
        target,
        staged -> {
          ModelProto proto = after.proto();
          ExternalChoice choice = ExternalChoice.of(before, after, longest);
          if (choice.any()) {
            Path data = staged.folder.path().resolve(DataFileName.of(before, target));
            try (ExternalWriter writer = new ExternalWriter(data)) {
              proto =
                  new TensorRewriter(
                          tensor ->
                              choice.isExternal(tensor) ? writer.write(after, tensor) : tensor)
                      .rewrite(proto);
            }
            staged.dataFiles.add(data);
          }
          ModelFile.write(proto, staged.path());
        });
  }

  /** Copies an untouched model byte for byte, its external data under the same names. */
  public static StagedModel copied(OnnxModel model, Path target) {
    return stage(
        target,
        staged -> {
          Files.copy(model.source(), staged.path());
          Path from = model.source().toAbsolutePath().getParent();
          Path to = target.toAbsolutePath().getParent();
          if (Files.isSameFile(from, to)) {
            return;
          }
          for (Path file : ExternalTensors.files(model)) {
            Path copy = staged.folder.path().resolve(from.relativize(file));
            Files.createDirectories(copy.getParent());
            Files.copy(file, copy);
            staged.dataFiles.add(copy);
          }
        });
  }

  private interface Writing {
    void into(StagedModel staged) throws IOException;
  }

  private static StagedModel stage(Path target, Writing writing) {
    Path parent = target.toAbsolutePath().getParent();
    if (!Files.isDirectory(parent)) {
      throw new UnsupportedInputException(
          target + ": its folder does not exist", "Make the folder first.");
    }
    StagedModel staged = null;
    try {
      TemporaryFolder folder = TemporaryFolder.in(parent, ".partita-");
      staged = new StagedModel(folder, target.toAbsolutePath());
      writing.into(staged);
      return staged;
    } catch (IOException | RuntimeException e) {
      if (staged != null) {
        staged.close();
      }
      if (e instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      throw new UnsupportedInputException(
          target + ": cannot be written (" + reason((IOException) e) + ")",
          "Check that the folder is writable and that the disk has room.",
          e);
    }
  }

  /** The complete file before the move: open, check and run this one. */
  public Path path() {
    return folder.path().resolve(target.getFileName());
  }

  /** The bytes of the model and its external data. */
  public long bytes() {
    try {
      long sum = Files.size(path());
      for (Path file : dataFiles) {
        sum += Files.size(file);
      }
      return sum;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /**
   * Moves the files to their places, data first, each atomically.
   *
   * @param overwrite whether files that exist may be replaced
   * @throws UnsupportedInputException if one exists and may not be, or the move fails
   */
  public void commit(boolean overwrite) {
    // All are asked for before any is moved, so that a refusal leaves nothing behind.
    if (!overwrite) {
      dataFiles.forEach(file -> requireFree(place(file)));
      requireFree(target);
    }
    try {
      for (Path file : dataFiles) {
        Files.createDirectories(place(file).getParent());
        move(file, place(file));
      }
      move(path(), target);
      syncFolder(target.getParent());
    } catch (IOException e) {
      throw new UnsupportedInputException(
          target + ": cannot be written (" + reason(e) + ")",
          "Check that the folder is writable and that the disk has room.",
          e);
    }
  }

  private Path place(Path staged) {
    return target.resolveSibling(folder.path().relativize(staged).toString());
  }

  private static void requireFree(Path place) {
    if (Files.exists(place)) {
      throw new UnsupportedInputException(
          place + ": exists already", "Give another name, or --overwrite to replace it.");
    }
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("its file system cannot move files atomically", e);
    }
  }

  /** Makes the new directory entry durable; Windows neither needs nor allows this. */
  private static void syncFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // The move itself is done; a file system that cannot sync a folder has nothing to add.
      return;
    }
  }

  private static String reason(IOException e) {
    return e.getClass().getSimpleName() + ": " + e.getMessage();
  }

  @Override
  public void close() {
    folder.close();
  }
}
