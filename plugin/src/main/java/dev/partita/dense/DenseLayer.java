package dev.partita.dense;

import com.google.common.collect.ImmutableList;
import org.jspecify.annotations.Nullable;

/**
 * A matrix product with a constant weight, and the bias added to it.
 *
 * @param name the product node's name
 * @param form how it is written
 * @param nodes indices of its nodes: the product, and the Add where there is one
 * @param input the activation {@code X[..., K]}
 * @param output the result {@code Y[..., N]}, after the bias
 * @param weightName the weight's name in the graph
 * @param weight {@code W[K, N]}
 * @param bias null where nothing is added
 * @param alpha factor of the product (Gemm; 1 elsewhere)
 * @param beta factor of the bias (Gemm; 1 elsewhere)
 * @param rank of the activation; 0 where it is not known
 */
public record DenseLayer(
    String name,
    DenseForm form,
    ImmutableList<Integer> nodes,
    String input,
    String output,
    String weightName,
    WeightMatrix weight,
    @Nullable Bias bias,
    float alpha,
    float beta,
    int rank) {

  /** Input features, K. */
  public int in() {
    return weight.in();
  }

  /** Output features, N. */
  public int out() {
    return weight.out();
  }

  /** Weights and biases. */
  public long parameters() {
    long biases = 0;
    if (bias != null) {
      biases = 1;
      for (long dim : bias.tensor().getDimsList()) {
        biases *= dim;
      }
    }
    return (long) in() * out() + biases;
  }
}
