package dev.partita.runtime;

import com.google.common.collect.ImmutableMap;
import java.util.BitSet;
import java.util.stream.IntStream;

/** Consecutive samples of a data set. Its tensors are made when they are asked for. */
public final class Batch {
  private final int index;
  private final int firstSample;
  private final SampleSource source;
  private final int[] units;
  private final int from;
  private final int count;
  private final int filled;
  private final Padding padding;

  Batch(
      int index,
      int firstSample,
      SampleSource source,
      int[] units,
      int from,
      int count,
      int filled,
      Padding padding) {
    this.index = index;
    this.firstSample = firstSample;
    this.source = source;
    this.units = units;
    this.from = from;
    this.count = count;
    this.filled = filled;
    this.padding = padding;
  }

  /** Position among the data set's batches. */
  public int index() {
    return index;
  }

  /** The data set's sample in row 0. */
  public int firstSample() {
    return firstSample;
  }

  /** How many samples it holds, those included that only fill it up. */
  public int samples() {
    return IntStream.range(from, from + count).map(i -> source.samples(units[i])).sum();
  }

  /** How many of its samples, from the first on, count. */
  public int counted() {
    return samples() - filled;
  }

  /** Which rows of what a model makes of it count in statistics. */
  public RowMask mask() {
    int samples = samples();
    String name = padding.input();
    Tensor mask = name == null ? null : inputs().get(name);
    if (mask == null) {
      return new RowMask(samples, counted(), 0, new BitSet(), padding::unknown);
    }
    Padding.Positions positions = padding.positions(mask, samples, counted());
    int all = counted() * positions.length();
    boolean padded = positions.counting().cardinality() < all;
    return new RowMask(
        samples,
        counted(),
        padded ? positions.length() : 0,
        positions.counting(),
        padding::unknown);
  }

  /** A tensor for each input of the model: each call makes new copies. */
  public ImmutableMap<String, Tensor> inputs() {
    return source.gather(units, from, count);
  }
}
