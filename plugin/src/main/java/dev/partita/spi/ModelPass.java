package dev.partita.spi;

import com.google.common.collect.ImmutableList;
import dev.partita.PartitaException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A pass from a model file to a model file. Implementations have a constructor without parameters
 * and are listed in {@code META-INF/services/dev.partita.spi.ModelPass}.
 */
public interface ModelPass {

  /** The name by which a host offers it, in lower case with hyphens. */
  String name();

  /** What it does, as one sentence. */
  String description();

  /** What can be said to a run, in the order in which a host should list it. */
  ImmutableList<Parameter<?>> parameters();

  /**
   * Runs the pass.
   *
   * @param input the model
   * @param output where the result goes, which is there whole in the end or not at all; null to do
   *     everything but write it
   * @param overwrite whether an existing output is replaced
   * @param arguments values of {@link #parameters()}; data is named in them
   * @param progress hears how far it is
   * @throws PartitaException for what a user can act on, with a sentence and a hint; nothing is
   *     written then
   */
  PassResult run(
      Path input,
      @Nullable Path output,
      boolean overwrite,
      Arguments arguments,
      ProgressListener progress);
}
