package dev.partita.runtime;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;

/** Ready-made batches; each is a unit, because its inputs may not share a first axis. */
record TestDataSource(ImmutableList<ImmutableMap<String, Tensor>> sets) implements SampleSource {
  @Override
  public int units() {
    return sets.size();
  }

  /** Rows of the first axis where all inputs agree on it, else the set is one sample. */
  @Override
  public int samples(int unit) {
    long rows = -1;
    for (Tensor tensor : sets.get(unit).values()) {
      if (tensor.rank() == 0 || (rows >= 0 && tensor.shape().get(0) != rows)) {
        return 1;
      }
      rows = tensor.shape().get(0);
    }
    return Math.toIntExact(Math.max(1, rows));
  }

  @Override
  public int mostUnitsPerBatch() {
    return 1;
  }

  @Override
  public ImmutableMap<String, Tensor> gather(int[] units, int from, int count) {
    return sets.get(units[from]);
  }
}
