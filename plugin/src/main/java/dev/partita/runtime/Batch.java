package dev.partita.runtime;

import com.google.common.collect.ImmutableMap;
import java.util.stream.IntStream;

/** Consecutive samples of a data set. Its tensors are made when they are asked for. */
public final class Batch {
  private final int index;
  private final int firstSample;
  private final SampleSource source;
  private final int[] units;
  private final int from;
  private final int count;

  Batch(int index, int firstSample, SampleSource source, int[] units, int from, int count) {
    this.index = index;
    this.firstSample = firstSample;
    this.source = source;
    this.units = units;
    this.from = from;
    this.count = count;
  }

  /** Position among the data set's batches. */
  public int index() {
    return index;
  }

  /** The data set's sample that stands in row 0. */
  public int firstSample() {
    return firstSample;
  }

  /** How many samples it holds. */
  public int samples() {
    return IntStream.range(from, from + count).map(i -> source.samples(units[i])).sum();
  }

  /** A tensor for each input of the model: copies, made anew by every call. */
  public ImmutableMap<String, Tensor> inputs() {
    return source.gather(units, from, count);
  }
}
