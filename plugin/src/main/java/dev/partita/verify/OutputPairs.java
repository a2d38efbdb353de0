package dev.partita.verify;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableLongArray;
import dev.partita.runtime.Batch;
import dev.partita.runtime.DataSet;
import dev.partita.runtime.Tensor;
import dev.partita.runtime.TensorDescription;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What an original and a candidate make of the same samples, batch by batch. */
public final class OutputPairs implements Iterable<OutputPairs.Pair> {

  private final Reference reference;
  private final OutputStore candidate;
  private final List<Batch> batches;

  OutputPairs(Reference reference, OutputStore candidate) {
    this.reference = reference;
    this.candidate = candidate;
    this.batches = reference.data().batches(Reference.MOST_SAMPLES);
  }

  /**
   * One batch. Samples that only fill it up are left out.
   *
   * @param original for each output what the original makes
   * @param candidate for each output what the candidate makes, in the same type and shape
   * @param samples which sample of the data, as it was given, each row is
   * @param labels of each, as they were given, first axis the samples; null where the data has none
   */
  public record Pair(
      ImmutableMap<String, Tensor> original,
      ImmutableMap<String, Tensor> candidate,
      ImmutableLongArray samples,
      @Nullable Tensor labels) {}

  /** The outputs that are tensors of numbers, in graph order. */
  public ImmutableList<TensorDescription> outputs() {
    return reference.outputs().stream()
        .filter(output -> !reference.converted().containsKey(output.name()))
        .collect(ImmutableList.toImmutableList());
  }

  /** Where the samples came from. */
  public String description() {
    return reference.data().description();
  }

  /** How many samples there are. */
  public int samples() {
    return batches.stream().mapToInt(Batch::counted).sum();
  }

  /** The labels of all samples, as they were given; null where the data has none. */
  public @Nullable Tensor labels() {
    DataSet data = reference.data();
    return data.labelled() ? data.labels(0, samples()) : null;
  }

  @Override
  public Iterator<Pair> iterator() {
    return batches.stream().map(this::pair).iterator();
  }

  private Pair pair(Batch batch) {
    DataSet data = reference.data();
    long[] samples =
        IntStream.range(0, batch.counted())
            .mapToLong(row -> data.position(batch.firstSample() + row))
            .toArray();
    Tensor labels = data.labelled() ? data.labels(batch.firstSample(), batch.counted()) : null;
    return new Pair(
        counted(batch, reference.batch(batch.index())),
        counted(batch, candidate.get(batch.index())),
        ImmutableLongArray.copyOf(samples),
        labels);
  }

  /** An output that has no axis of samples is as it is. */
  private static ImmutableMap<String, Tensor> counted(Batch batch, Map<String, Tensor> outputs) {
    ImmutableMap.Builder<String, Tensor> rows = ImmutableMap.builder();
    outputs.forEach(
        (name, tensor) -> {
          boolean byRow = tensor.rank() > 0 && tensor.shape().get(0) == batch.samples();
          rows.put(name, byRow ? tensor.rows(0, batch.counted()) : tensor);
        });
    return rows.buildOrThrow();
  }
}
