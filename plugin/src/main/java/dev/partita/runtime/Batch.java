package dev.partita.runtime;

import com.google.common.collect.ImmutableMap;
import java.util.Arrays;
import java.util.BitSet;

/** Consecutive samples of a data set. Its tensors are made when they are asked for. */
public final class Batch {
  private final int index;
  private final int firstSample;
  private final SampleSource source;
  private final int[] units;
  private final int filled;
  private final Padding padding;

  Batch(int index, int firstSample, SampleSource source, int[] units, int filled, Padding padding) {
    this.index = index;
    this.firstSample = firstSample;
    this.source = source;
    this.units = units;
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
    return Arrays.stream(units).map(source::samples).sum();
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
    return source.gather(units, 0, units.length);
  }
}
