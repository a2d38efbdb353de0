package dev.partita.runtime;

import dev.partita.UnsupportedInputException;

/** A shard failed to compute its part of a request; the message names the shard and its stage. */
public final class ShardFailure extends UnsupportedInputException {
  private static final long serialVersionUID = 1L;

  private final String shard;

  ShardFailure(String shard, String message, Throwable cause) {
    super(
        message, "Other requests are not affected; check the inputs of this request first.", cause);
    this.shard = shard;
  }

  /** The name of the shard. */
  public String shard() {
    return shard;
  }
}
