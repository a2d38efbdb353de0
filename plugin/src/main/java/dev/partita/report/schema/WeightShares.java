package dev.partita.report.schema;

import com.google.common.collect.ImmutableList;

/**
 * What holds the weights of a model.
 *
 * @param dense elements that dense layers hold, cut or not
 * @param others what other nodes hold, by kind, most first
 */
public record WeightShares(long dense, ImmutableList<Holder> others) {

  /**
   * Nodes of one kind that are not dense layers.
   *
   * @param kind operator type, of convolutions with the size of their kernel
   * @param nodes how many there are
   * @param weights elements of the tensors that they hold
   */
  public record Holder(String kind, int nodes, long weights) {}

  /** Elements of all tensors that are weights. */
  public long all() {
    return dense + others.stream().mapToLong(Holder::weights).sum();
  }
}
