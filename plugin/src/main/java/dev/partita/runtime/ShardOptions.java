package dev.partita.runtime;

/**
 * How the shards of a folder are run.
 *
 * @param running how many shards compute at a time at most, at least 1; each on one thread but the
 *     rest of the model
 * @param restThreads threads inside an operator of the rest of the model, at least 1
 */
public record ShardOptions(int running, int restThreads) {

  /** All shards at a time, the rest on one thread. */
  public static final ShardOptions DEFAULT = new ShardOptions(Integer.MAX_VALUE, 1);

  public ShardOptions {
    if (running < 1 || restThreads < 1) {
      throw new IllegalArgumentException(
          "At least 1 shard computes at a time, on at least 1 thread, not %d and %d."
              .formatted(running, restThreads));
    }
  }

  /** As many cores as given: so many shards at a time, and the rest on so many threads. */
  public static ShardOptions onCores(int cores) {
    return new ShardOptions(cores, cores);
  }
}
