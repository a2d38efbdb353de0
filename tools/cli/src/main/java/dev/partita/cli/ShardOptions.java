package dev.partita.cli;

import dev.partita.UsageException;
import dev.partita.report.ConsoleTable;
import dev.partita.shard.ShardLayout;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether a model that was just rewritten is also split into shards. */
final class ShardOptions {

  @Option(
      names = "--shards",
      paramLabel = "FOLDER",
      description = "Also write models for each accelerator and for the rest (see partita shard).")
  private @Nullable Path folder;

  @Option(
      names = "--layout",
      paramLabel = "folder|triton",
      converter = Converters.OfLayout.class,
      description = "Layout of --shards (default: folder).")
  private @Nullable ShardLayout layout;

  /**
   * Refuses a folder that is in use, before any work is done.
   *
   * @param fold whether branches go into functions, which cannot be split into shards
   */
  void check(boolean dryRun, boolean fold, boolean overwrite) {
    if (folder == null) {
      if (layout != null) {
        throw new UsageException("--layout requires --shards.", "Pass --shards FOLDER.");
      }
      return;
    }
    if (dryRun) {
      throw new UsageException(
          "--shards cannot be used with --dry-run.", "Omit --shards or --dry-run.");
    }
    if (fold) {
      throw new UsageException(
          "A model with folded regions cannot be split into shards.", "Omit --shards or --fold.");
    }
    if (!overwrite && Files.exists(folder) && !isEmpty(folder)) {
      throw new UsageException(
          folder + " exists.", "Choose a different folder, or pass --overwrite to replace it.");
    }
  }

  private static boolean isEmpty(Path folder) {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.findAny().isEmpty();
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot look into " + folder, failure);
    }
  }

  /** Takes the model apart where that was asked for, and says what came of it. */
  void apply(Engine engine, Path rewritten, boolean cut, boolean overwrite, PrintStream err) {
    if (folder == null) {
      return;
    }
    if (!cut) {
      err.println("Nothing was cut; there are no shards to write.");
      return;
    }
    ShardLayout chosen = layout == null ? ShardLayout.FOLDER : layout;
    err.print(ConsoleTable.of(engine.shard(rewritten, folder, chosen, overwrite)));
  }
}
