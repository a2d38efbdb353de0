package dev.partita.verify;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import dev.partita.runtime.Capture;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import dev.partita.verify.Accuracy.OutputAccuracy;
import dev.partita.workers.Workers;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The original model's outputs on one data set, computed once so that several rewritten models can
 * be compared with them. Outputs are kept in memory, or in a temporary file if they are large.
 */
public final class Reference implements AutoCloseable {
  /** Rows of a batch. A constant, because the batch size moves the last bits of a result. */
  public static final int MOST_SAMPLES = 64;

  private final Path model;
  private final DataSet data;
  private final Workers workers;
  private final ImmutableList<TensorDescription> inputs;
  private final ImmutableList<TensorDescription> outputs;
  private final ImmutableMap<String, String> converted;
  private final ImmutableMap<String, String> unsupportedOutputs;
  private final OutputStore store;
  private final Map<ImmutableMap<String, Reading.Asked>, OutputReadings> readings = new HashMap<>();
  private @Nullable ImmutableMap<String, Double> noise;

  private Reference(InferenceSession session, DataSet data, Workers workers, OutputStore store) {
    this.model = session.model();
    this.data = data;
    this.workers = workers;
    this.inputs = session.inputs();
    this.outputs =
        ImmutableList.<TensorDescription>builder()
            .addAll(session.outputs())
            .addAll(session.convertedOutputs())
            .build();
    this.converted =
        session.convertedOutputs().stream()
            .collect(
                ImmutableMap.toImmutableMap(
                    TensorDescription::name,
                    output ->
                        Objects.requireNonNull(session.unsupportedOutputs().get(output.name()))));
    this.unsupportedOutputs =
        ImmutableMap.copyOf(
            Maps.filterKeys(session.unsupportedOutputs(), name -> !converted.containsKey(name)));
    this.store = store;
  }

  /**
   * Runs the original over all samples.
   *
   * @param workers compute batches, here and when a model is compared; not closed here
   * @throws dev.partita.runtime.RuntimeFailure where ONNX Runtime refuses the model or the data
   */
  public static Reference of(Path original, DataSet data, Workers workers)
      throws InterruptedException {
    return of(original, data, workers, OutputStore.IN_MEMORY_BYTES);
  }

  static Reference of(Path original, DataSet data, Workers workers, long inMemoryBytes)
      throws InterruptedException {
    OutputStore store = new OutputStore(inMemoryBytes);
    boolean complete = false;
    try (InferenceSession session = InferenceSession.open(original)) {
      Reference reference = new Reference(session, data, workers, store);
      Capture.stream(
          session,
          data,
          MOST_SAMPLES,
          reference.outputNames(),
          workers,
          (batch, tensors) -> store.add(tensors));
      complete = true;
      return reference;
    } finally {
      if (!complete) {
        store.close();
      }
    }
  }

  /** The original's file. */
  public Path model() {
    return model;
  }

  /** The samples. */
  public DataSet data() {
    return data;
  }

  /** The original's outputs that can be compared, in graph order. */
  public ImmutableList<TensorDescription> outputs() {
    return outputs;
  }

  Workers workers() {
    return workers;
  }

  ImmutableList<TensorDescription> inputs() {
    return inputs;
  }

  /** Whether every output that is compared is a tensor of numbers. */
  public boolean isOfNumbers() {
    return converted.isEmpty();
  }

  /** Outputs that are converted to numbers, with what they are. */
  ImmutableMap<String, String> converted() {
    return converted;
  }

  ImmutableMap<String, String> unsupportedOutputs() {
    return unsupportedOutputs;
  }

  public ImmutableList<String> outputNames() {
    return outputs.stream().map(TensorDescription::name).collect(ImmutableList.toImmutableList());
  }

  /**
   * How each output is read.
   *
   * @param asked what the user says of some
   * @throws GateException where that does not fit an output
   * @throws DataException where labels are out of the range of the one output that they may be for
   */
  OutputReadings readings(ImmutableMap<String, Reading.Asked> asked) {
    return readings.computeIfAbsent(asked, key -> OutputReadings.of(this, key));
  }

  /**
   * How each output that can be compared is read, by its name.
   *
   * @param asked what the user says of some
   */
  public ImmutableMap<String, Reading> readAs(ImmutableMap<String, Reading.Asked> asked) {
    return readings(asked).byName();
  }

  /**
   * The relative error of a second run of the original against the first, by output: 0 unless the
   * model or its kernels are not deterministic.
   */
  ImmutableMap<String, Double> noise() throws InterruptedException {
    ImmutableMap<String, Double> known = noise;
    if (known == null) {
      ImmutableMap.Builder<String, Double> errors = ImmutableMap.builder();
      for (OutputAccuracy output : ModelComparison.compare(this, model).outputs()) {
        Double error = output.relativeError();
        errors.put(output.name(), error == null ? 0 : error);
      }
      known = errors.buildOrThrow();
      noise = known;
    }
    return known;
  }

  ImmutableMap<String, Tensor> batch(int index) {
    return store.get(index);
  }

  /** Deletes what was kept on disk. */
  @Override
  public void close() {
    store.close();
  }
}
