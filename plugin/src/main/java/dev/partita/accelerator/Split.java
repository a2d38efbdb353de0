package dev.partita.accelerator;

import com.google.common.base.Preconditions;

/**
 * A grid over which a dense layer is split: every accelerator of it computes one part of the
 * outputs from one part of the inputs.
 *
 * @param outputParts parts of the outputs, N
 * @param inputParts parts of the inputs, K; more than one makes partial sums, which are added up
 */
public record Split(int outputParts, int inputParts) {

  /** A grid of at least one accelerator. */
  public Split {
    Preconditions.checkArgument(
        outputParts >= 1 && inputParts >= 1,
        "%s x %s parts; both have to be at least 1",
        outputParts,
        inputParts);
  }

  int accelerators() {
    return Math.multiplyExact(outputParts, inputParts);
  }
}
