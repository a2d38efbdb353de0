package dev.partita.measure;

import com.google.common.collect.ImmutableMap;
import dev.partita.UsageException;
import org.jspecify.annotations.Nullable;

/**
 * How models are measured.
 *
 * @param data as {@link dev.partita.runtime.DataSet#read} takes it; null for random samples, as
 *     many as a batch has
 * @param seed of random samples
 * @param dims sizes of symbolic dimensions of random samples
 * @param batch samples of one run
 * @param threads cores to use: threads inside an operator of a model; of a folder, the shards that
 *     compute at a time, each on one thread, and the threads of its rest
 * @param accelerator which shard of a folder is measured alone, on one thread; null for the folder
 *     as a whole
 * @param rounds how often each model has its turn
 * @param runs measured runs in a turn, behind 150 ms of runs that are not measured
 * @param layers whether the dense layers of the first model are measured one by one
 */
public record BenchOptions(
    @Nullable String data,
    long seed,
    ImmutableMap<String, Integer> dims,
    int batch,
    int threads,
    @Nullable Integer accelerator,
    int rounds,
    int runs,
    boolean layers) {

  /** Refuses numbers below 1. */
  public BenchOptions {
    if (batch < 1 || threads < 1 || rounds < 1 || runs < 1) {
      throw new UsageException(
          "--batch, --threads, --rounds and --runs must be at least 1.",
          "Pass 1 or more for each.");
    }
    if (accelerator != null && accelerator < 0) {
      throw new UsageException("--shard must be at least 0.", "Shards are counted from 0.");
    }
  }
}
