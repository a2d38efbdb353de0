package dev.partita.runtime;

import com.google.common.collect.ImmutableMap;

/** Takes the outputs of one batch after the other. */
@FunctionalInterface
public interface BatchConsumer {
  /**
   * Called on one thread, in the order of the batches.
   *
   * @param batch which samples these are
   * @param outputs a tensor for each output that was asked for
   */
  void accept(Batch batch, ImmutableMap<String, Tensor> outputs);
}
