package dev.partita.runtime;

import com.google.common.collect.ImmutableMap;

/** Where a data set's samples stand; a unit is what is never divided between two batches. */
sealed interface SampleSource permits RowSource, TestDataSource, MixedSource {
  /** Number of units. */
  int units();

  /** Samples of one unit. */
  int samples(int unit);

  /** How many units may share a batch. */
  int mostUnitsPerBatch();

  /** The inputs of a batch of units {@code units[from]} to {@code units[from + count - 1]}. */
  ImmutableMap<String, Tensor> gather(int[] units, int from, int count);
}
