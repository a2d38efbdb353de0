package dev.partita.spi;

import com.google.common.collect.ImmutableList;

/** What a pass did, for hosts that know no more of it; a pass may return more than this. */
public interface PassResult {

  /** Whether the output differs from the input. */
  boolean changed();

  /** What was done and what was left alone, a sentence each. */
  ImmutableList<String> summary();

  /** Sentences that the user should read. */
  ImmutableList<String> warnings();
}
