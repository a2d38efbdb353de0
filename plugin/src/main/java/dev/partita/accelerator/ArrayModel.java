package dev.partita.accelerator;

import com.google.common.collect.ImmutableList;

/** What a multiplier array takes for a product of {@code [m, k]} and {@code [k, n]}. */
interface ArrayModel {

  /** Cycles in which the array is busy. */
  long cycles(long m, long k, long n);

  /** What moves between the buffer and the array, one for each way of working through it. */
  ImmutableList<ArrayTraffic> traffic(long m, long k, long n);
}
