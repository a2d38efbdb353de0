package dev.partita.model;

import dev.partita.UnsupportedInputException;
import dev.partita.model.WriteSteps.Step;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Writes whole files, such as reports, atomically. */
public final class WholeFile {

  private static final int BUFFER_BYTES = 1 << 16;

  private WholeFile() {}

  /** What a file is to hold. */
  @FunctionalInterface
  public interface Content {
    /** Writes all of it; the stream stays open. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Writes a text in UTF-8, in place of a file that may be there; or to a pipe or a terminal, which
   * stays.
   *
   * @throws UnsupportedInputException if that fails; then the old file is still there
   */
  public static void write(Path target, String text) {
    write(target, text, WriteSteps.UNHINDERED);
  }

  static void write(Path target, String text, WriteSteps steps) {
    if (OutputPlace.isStream(target)) {
      try (OutputStream out = Files.newOutputStream(target, StandardOpenOption.WRITE)) {
        out.write(text.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw WriteFailure.of(target, e);
      }
      return;
    }
    write(target, out -> out.write(text.getBytes(StandardCharsets.UTF_8)), steps);
  }

  /**
   * Writes what may be too long for the heap, in place of a file that may be there.
   *
   * @throws UnsupportedInputException if that fails; then the old file is still there
   */
  public static void write(Path target, Content content) {
    write(target, content, WriteSteps.UNHINDERED);
  }

  private static void write(Path target, Content content, WriteSteps steps) {
    Path place = target.toAbsolutePath();
    OutputPlace.requireReplaceable(place);
    try (TemporaryFolder folder = TemporaryFolder.in(place.getParent(), StagedModel.TEMPORARY)) {
      Path partial = folder.path().resolve(place.getFileName());
      steps.before(Step.CREATE, partial);
      try (FileOutputStream file = new FileOutputStream(partial.toFile())) {
        OutputStream announced =
            new BufferedOutputStream(DurableFiles.announced(file, partial, steps), BUFFER_BYTES);
        content.writeTo(announced);
        announced.flush();
        steps.before(Step.SYNC, partial);
        file.getFD().sync();
      }
      DurableFiles.move(partial, place, steps);
      DurableFiles.syncFolder(place.getParent());
    } catch (IOException e) {
      throw WriteFailure.of(target, e);
    }
  }
}
