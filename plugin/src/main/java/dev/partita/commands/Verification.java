package dev.partita.commands;

import dev.partita.UsageException;
import dev.partita.context.RunData;
import dev.partita.options.Options;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.ModelData;
import dev.partita.spi.ProgressListener;
import dev.partita.verify.Accuracy;
import dev.partita.verify.Gate;
import dev.partita.verify.ModelComparison;
import dev.partita.verify.Reference;
import dev.partita.workers.Workers;
import java.nio.file.Path;
import java.util.Objects;

/** Compares any two models on the same data. */
public final class Verification {

  private Verification() {}

  /**
   * Compares the second model with the first and checks the gates of the options.
   *
   * @param options {@link Options#validation()} says which data; random where it is null
   * @return a gate that fails is a value here, no exception
   */
  public static Accuracy verify(
      Path before, Path after, Options options, ProgressListener listener) {
    String specification =
        options.repair().validation() == null ? "random" : options.repair().validation();
    DataSet data;
    try (ModelData given = ModelData.of(before)) {
      data = Objects.requireNonNull(given.read(specification, RunData.reading(options)));
    }
    listener.stageStarted("verify");
    try (Workers workers = Workers.of(options.planning().threads());
        Reference reference = Reference.of(before, data, workers)) {
      Accuracy accuracy =
          options.gate().on()
              ? Gate.check(options.gate().limits(), reference, after)
              : ModelComparison.compare(reference, after);
      return accuracy.withNotes(data.warnings());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UsageException("Interrupted.", "Run it again.", e);
    } finally {
      data.warnings().forEach(listener::warning);
      listener.stageFinished("verify");
    }
  }
}
