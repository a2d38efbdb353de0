package dev.partita.gradient;

/** Emits what a node's inputs get of the gradients of its outputs. */
@FunctionalInterface
interface OperatorGradient {

  /**
   * Emits the backward pass of one node and {@linkplain Step#give gives} each input that wants one
   * its gradient.
   *
   * @throws NotDifferentiableException for a form of the operator that is not covered
   */
  void emit(Step step);
}
