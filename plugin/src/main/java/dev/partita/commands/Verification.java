package dev.partita.commands;

import com.google.common.collect.ImmutableMap;
import dev.partita.UsageException;
import dev.partita.options.Options;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.InputFacts;
import dev.partita.runtime.TensorDescription;
import dev.partita.spi.ProgressListener;
import dev.partita.verify.Accuracy;
import dev.partita.verify.Gate;
import dev.partita.verify.ModelComparison;
import dev.partita.verify.Reference;
import dev.partita.workers.Workers;
import java.nio.file.Path;
import java.util.List;

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
    List<TensorDescription> inputs;
    try (InferenceSession session = InferenceSession.open(before)) {
      inputs = InputFacts.of(session);
    }
    ImmutableMap.Builder<String, Integer> dims = ImmutableMap.builder();
    options.target().dims().forEach((name, size) -> dims.put(name, Math.toIntExact(size)));
    String specification =
        options.repair().validation() == null ? "random" : options.repair().validation();
    DataSet data =
        DataSet.read(
            specification,
            inputs,
            options.planning().seed(),
            dims.buildOrThrow(),
            options.planning().paddingMask());
    listener.stageStarted("verify");
    try (Workers workers = Workers.of(options.planning().threads());
        Reference reference = Reference.of(before, data, workers)) {
      return options.gate().on()
          ? Gate.check(options.gate().limits(), reference, after)
          : ModelComparison.compare(reference, after);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UsageException("Interrupted.", "Run it again.", e);
    } finally {
      data.warnings().forEach(listener::warning);
      listener.stageFinished("verify");
    }
  }
}
