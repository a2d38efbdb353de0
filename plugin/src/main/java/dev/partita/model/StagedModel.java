package dev.partita.model;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Lists;
import dev.partita.UnsupportedInputException;
import dev.partita.onnx.ModelProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A model written in full, external data included, to a temporary folder next to its target, so
 * that the bytes that are checked are the bytes that ship. {@link #commit} moves it into place;
 * closing it uncommitted leaves nothing behind and an older target untouched.
 *
 * <p>Moving the model file is the one step that counts: data files go to names that nothing has yet
 * ({@link DataFileName}), so that a process that dies before it leaves the old model with its old
 * data, and perhaps a data file that no model names.
 */
public final class StagedModel implements AutoCloseable {

  /** The prefix of temporary folders next to a target. */
  static final String TEMPORARY = ".partita-";

  private final WriteSteps steps;
  private final Path source;
  private final TemporaryFolder folder;
  private final Path target;
  private final List<Path> dataFiles;

  private StagedModel(TemporaryFolder folder, Path source, Path target, WriteSteps steps) {
    this.source = source;
    this.steps = steps;
    this.folder = folder;
    this.target = target;
    this.dataFiles = new ArrayList<>();
  }

  /**
   * Writes an edited model. Where the original kept tensors in external data, they are copied from
   * file to file into one new file named after the target ({@link DataFileName}), and new tensors
   * of 1 KiB and more join them. So do all tensors of that size where the model would else be too
   * long for a protobuf message.
   *
   * @param before the model as read
   * @param after the edited model
   * @param target where it is to end up; its folder must exist
   */
  public static StagedModel edited(OnnxModel before, OnnxModel after, Path target) {
    return edited(before, after, target, ExternalChoice.LONGEST_MESSAGE, WriteSteps.UNHINDERED);
  }

  /** The same with another limit to the length of a message, in bytes. */
  static StagedModel edited(OnnxModel before, OnnxModel after, Path target, long longest) {
    return edited(before, after, target, longest, WriteSteps.UNHINDERED);
  }

  static StagedModel edited(OnnxModel before, OnnxModel after, Path target, WriteSteps steps) {
    return edited(before, after, target, ExternalChoice.LONGEST_MESSAGE, steps);
  }

  private static StagedModel edited(
      OnnxModel before, OnnxModel after, Path target, long longest, WriteSteps steps) {
    return stage(
        before.source(),
        target,
        steps,
        staged -> {
          ModelProto proto = after.proto();
          ExternalChoice choice = ExternalChoice.of(before, after, longest);
          if (choice.any()) {
            Path data = staged.folder.path().resolve(DataFileName.of(target));
            try (ExternalWriter writer = new ExternalWriter(data, steps)) {
              proto =
                  new TensorRewriter(
                          tensor ->
                              choice.isExternal(tensor) ? writer.write(after, tensor) : tensor)
                      .rewrite(proto);
            }
            staged.dataFiles.add(data);
          }
          ModelFile.write(proto, staged.path(), steps);
        });
  }

  /**
   * Copies an untouched model byte for byte, its external data under the same names. Where another
   * file has one of those names already, data go to one new file instead, which the model names.
   */
  public static StagedModel copied(OnnxModel model, Path target) {
    return copied(model, target, WriteSteps.UNHINDERED);
  }

  static StagedModel copied(OnnxModel model, Path target, WriteSteps steps) {
    Path from = model.source().toAbsolutePath().getParent();
    Path to = target.toAbsolutePath().getParent();
    List<Path> missing = new ArrayList<>();
    for (Path file : ExternalTensors.files(model)) {
      switch (DataPlace.of(file, to, from.relativize(file))) {
        case FREE -> missing.add(file);
        case SAME -> {}
        case TAKEN -> {
          return edited(model, model, target, steps);
        }
      }
    }
    return stage(
        model.source(),
        target,
        steps,
        staged -> {
          DurableFiles.copy(model.source(), staged.path(), steps);
          for (Path file : missing) {
            Path copy = staged.folder.path().resolve(from.relativize(file));
            Files.createDirectories(copy.getParent());
            DurableFiles.copy(file, copy, steps);
            staged.dataFiles.add(copy);
          }
        });
  }

  private interface Writing {
    void into(StagedModel staged) throws IOException;
  }

  private static StagedModel stage(Path source, Path target, WriteSteps steps, Writing writing) {
    Path parent = target.toAbsolutePath().getParent();
    if (!Files.isDirectory(parent)) {
      throw new UnsupportedInputException(
          target + ": its folder does not exist", "Create the folder first.");
    }
    StagedModel staged = null;
    try {
      steps.before(WriteSteps.Step.CREATE, parent);
      TemporaryFolder folder = TemporaryFolder.in(parent, TEMPORARY);
      staged = new StagedModel(folder, source, target.toAbsolutePath(), steps);
      writing.into(staged);
      return staged;
    } catch (IOException | RuntimeException e) {
      if (staged != null) {
        staged.close();
      }
      if (e instanceof IOException failure) {
        throw WriteFailure.of(target, failure);
      }
      throw e instanceof UncheckedIOException wrapped
          ? WriteFailure.of(target, wrapped.getCause())
          : (RuntimeException) e;
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
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Moves the files to their places, data first, each atomically; then removes the data files of
   * the model that was replaced, as far as they are named after the target.
   *
   * @param overwrite whether a target that exists may be replaced
   * @throws UnsupportedInputException if one exists and may not be, or a move fails; then
   *     everything is as it was
   */
  public void commit(boolean overwrite) {
    // All are asked for before any is moved, so that a refusal leaves nothing behind.
    dataFiles.forEach(file -> requireFree(place(file)));
    OutputPlace.requireReplaceable(target);
    if (!overwrite) {
      requireFree(target);
    }
    List<Path> made = new ArrayList<>();
    try {
      ImmutableSet<Path> superseded = SupersededData.of(target, List.of(source, path()));
      for (Path file : dataFiles) {
        makeFolders(place(file).getParent(), made);
        DurableFiles.move(file, place(file), steps);
        made.add(place(file));
        DurableFiles.syncFolder(place(file).getParent());
      }
      DurableFiles.move(path(), target, steps);
      DurableFiles.syncFolder(target.getParent());
      superseded.forEach(StagedModel::deleteIfPossible);
    } catch (IOException e) {
      Lists.reverse(made).forEach(StagedModel::deleteIfPossible);
      throw WriteFailure.of(target, e);
    }
  }

  private static void makeFolders(Path folder, List<Path> made) throws IOException {
    if (!Files.exists(folder)) {
      makeFolders(folder.getParent(), made);
      Files.createDirectory(folder);
      made.add(folder);
    }
  }

  private Path place(Path staged) {
    return target.resolveSibling(folder.path().relativize(staged).toString());
  }

  private static void requireFree(Path place) {
    if (Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
      throw new UnsupportedInputException(
          place + ": exists already",
          "Choose a different name, or pass --overwrite to replace it.");
    }
  }

  /** What is left then is in nobody's way: no model names it. */
  private static void deleteIfPossible(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      return;
    }
  }

  @Override
  public void close() {
    folder.close();
  }
}
