package dev.partita.verify;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.partita.runtime.Capture;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.InferenceSession;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import java.nio.file.Path;

/**
 * The original model's outputs on one data set, computed once so that several rewritten models can
 * be held against them. Outputs stand in memory, or in a temporary file where they are large.
 */
public final class Reference implements AutoCloseable {
  /** Rows of a batch. A constant, because the batch size moves the last bits of a result. */
  public static final int MOST_SAMPLES = 64;

  private final Path model;
  private final DataSet data;
  private final ImmutableList<TensorDescription> inputs;
  private final ImmutableList<TensorDescription> outputs;
  private final ImmutableMap<String, String> unsupportedOutputs;
  private final OutputStore store;

  private Reference(InferenceSession session, DataSet data, OutputStore store) {
    this.model = session.model();
    this.data = data;
    this.inputs = session.inputs();
    this.outputs = session.outputs();
    this.unsupportedOutputs = session.unsupportedOutputs();
    this.store = store;
  }

  /**
   * Runs the original over all samples.
   *
   * @param threads batches computed side by side
   * @throws dev.partita.runtime.RuntimeFailure where ONNX Runtime refuses the model or the data
   */
  public static Reference of(Path original, DataSet data, int threads) throws InterruptedException {
    return of(original, data, threads, OutputStore.IN_MEMORY_BYTES);
  }

  static Reference of(Path original, DataSet data, int threads, long inMemoryBytes)
      throws InterruptedException {
    OutputStore store = new OutputStore(inMemoryBytes);
    boolean complete = false;
    try (InferenceSession session = InferenceSession.open(original)) {
      Reference reference = new Reference(session, data, store);
      Capture.stream(
          session,
          data,
          MOST_SAMPLES,
          reference.outputNames(),
          threads,
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

  ImmutableList<TensorDescription> inputs() {
    return inputs;
  }

  ImmutableMap<String, String> unsupportedOutputs() {
    return unsupportedOutputs;
  }

  public ImmutableList<String> outputNames() {
    return outputs.stream().map(TensorDescription::name).collect(ImmutableList.toImmutableList());
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
