package dev.partita.runtime;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import org.jspecify.annotations.Nullable;

/**
 * How data is read.
 *
 * @param seed what random inputs are drawn from
 * @param dimensions sizes of symbolic dimensions of random inputs; 1 for those that are absent
 * @param paddingMask the input that is 0 at padding, which no statistic counts; "none" for no such
 *     input; null for "attention_mask" where the model has it
 * @param sampleAxes the axis that counts the samples, for inputs where it is not to be found out;
 *     negative from the end
 * @param batch samples of every batch; null for what the model fixes, or for as many as suit
 * @param defaults initializers that data may have an array for, which is not used
 */
public record ReadingOptions(
    long seed,
    ImmutableMap<String, Integer> dimensions,
    @Nullable String paddingMask,
    ImmutableMap<String, Integer> sampleAxes,
    @Nullable Integer batch,
    ImmutableSet<String> defaults) {

  /** Nothing said but the seed. */
  public static ReadingOptions ofSeed(long seed) {
    return new ReadingOptions(
        seed, ImmutableMap.of(), null, ImmutableMap.of(), null, ImmutableSet.of());
  }

  /** The same with another seed. */
  public ReadingOptions withSeed(long other) {
    return new ReadingOptions(other, dimensions, paddingMask, sampleAxes, batch, defaults);
  }
}
