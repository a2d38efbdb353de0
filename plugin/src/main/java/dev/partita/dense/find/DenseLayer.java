package dev.partita.dense.find;

import com.google.common.collect.ImmutableList;
import dev.partita.model.GraphIndex;
import org.jspecify.annotations.Nullable;

/**
 * A matrix product with a constant weight, and the bias added to it.
 *
 * @param key which layer it is
 * @param name what a person calls the product node; need not be unique
 * @param form how it is written
 * @param nodes indices of its nodes: the product, and the Add where there is one
 * @param from the activation {@code X[..., K]} and the axis that is reduced
 * @param to the result {@code Y[..., N]}, after the bias, and the axis of its features
 * @param operands which inputs of the product are what
 * @param weight {@code W[K, N]}
 * @param bias null where nothing is added
 * @param alpha factor of the product (Gemm; 1 elsewhere)
 * @param beta factor of the bias (Gemm; 1 elsewhere)
 * @param rank of the activation; 0 where it is not known
 */
public record DenseLayer(
    LayerKey key,
    String name,
    DenseForm form,
    ImmutableList<Integer> nodes,
    FeatureAxis from,
    FeatureAxis to,
    Operands operands,
    WeightMatrix weight,
    @Nullable Bias bias,
    float alpha,
    float beta,
    int rank) {

  /** A layer of one node without a bias. */
  static DenseLayer of(
      GraphIndex index,
      int position,
      DenseForm form,
      FeatureAxis from,
      FeatureAxis to,
      Operands operands,
      WeightMatrix weight,
      int rank) {
    return new DenseLayer(
        new LayerKey(index.path(), position),
        index.nodeName(position),
        form,
        ImmutableList.of(position),
        from,
        to,
        operands,
        weight,
        null,
        1,
        1,
        rank);
  }

  /** The same with factors and a bias that its one node adds. */
  DenseLayer with(@Nullable Bias added, float productFactor, float biasFactor) {
    return new DenseLayer(
        key, name, form, nodes, from, to, operands, weight, added, productFactor, biasFactor, rank);
  }

  /** The product as another form, with an Add behind it. */
  DenseLayer with(DenseForm added, int add, FeatureAxis result, Bias by) {
    return new DenseLayer(
        key,
        name,
        added,
        ImmutableList.of(key.node(), add),
        from,
        result,
        operands,
        weight,
        by,
        alpha,
        beta,
        rank);
  }

  /** The activation's name. */
  public String input() {
    return from.value();
  }

  /** The result's name. */
  public String output() {
    return to.value();
  }

  /** The weight's name in the graph. */
  public String weightName() {
    return weight.source().value();
  }

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
    return (long) in() * out() + (bias == null ? 0 : bias.source().elements());
  }
}
