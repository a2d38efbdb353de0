package dev.partita.dense.find;

import com.google.common.collect.ImmutableSet;
import dev.partita.dense.find.LayerMatch.Matched;
import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.model.Attributes;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.NodeProto;
import org.jspecify.annotations.Nullable;

/**
 * {@code Y[M, N] = alpha * A[M, K] . B + beta * C} with B constant, stored {@code [K, N]} or, with
 * transB, {@code [N, K]}; A may be {@code [K, M]} (transA); C left out or a constant of any shape
 * that broadcasts. ONNX Runtime's FusedGemm likewise. Refused: a C that is computed. Where A is the
 * constant, {@link GemmLeftForm} takes over.
 */
final class GemmForm extends DenseForm {

  private static final int BIAS = 2;

  private static final ImmutableSet<String> KNOWN =
      ImmutableSet.of(
          "alpha",
          "beta",
          "transA",
          "transB",
          "activation",
          "activation_alpha",
          "activation_beta",
          "activation_gamma");

  private final boolean fused;

  private GemmForm(String operator, boolean fused) {
    super(operator, operator);
    this.fused = fused;
  }

  static DenseForm standard() {
    return new GemmForm("Gemm", false);
  }

  /** ONNX Runtime's, with an activation behind it. */
  static DenseForm fused() {
    return new GemmForm("FusedGemm", true);
  }

  @Override
  boolean isMicrosoft() {
    return fused;
  }

  @Override
  public boolean isRepairable() {
    return !fused;
  }

  @Override
  public int biasInput() {
    return BIAS;
  }

  @Override
  public ImmutableSet<String> factors() {
    return ImmutableSet.of("alpha", "beta");
  }

  @Override
  @Nullable LayerMatch match(GraphIndex index, int position, Ranks ranks) {
    NodeProto node = index.node(position);
    for (AttributeProto attribute : node.getAttributeList()) {
      if (!KNOWN.contains(attribute.getName())) {
        return new Refused(
            SkipReason.UNSUPPORTED_FORM,
            "Gemm has the attribute '" + attribute.getName() + "', which is not supported.");
      }
    }
    if (ConstantSource.of(index, node.getInput(0)) != null) {
      if (ConstantSource.of(index, node.getInput(1)) != null) {
        return new Refused(SkipReason.CONSTANT_PRODUCT, "Both operands are constant.");
      }
      return fused
          ? new Refused(SkipReason.UNSUPPORTED_FORM, "FusedGemm has its constant on the left.")
          : null;
    }
    Operands operands =
        Attributes.integer(node, "transB", 0) != 0 ? Operands.OUT_FIRST : Operands.PLAIN;
    Weights.Found found = Weights.find(index, position, operands, false);
    if (found.refusal() != null) {
      return found.refusal();
    }
    Bias bias = null;
    if (node.getInputCount() > BIAS && !node.getInput(BIAS).isEmpty()) {
      ConstantSource source = ConstantSource.of(index, node.getInput(BIAS));
      if (source == null) {
        return new Refused(
            SkipReason.DYNAMIC_BIAS, "The bias '" + node.getInput(BIAS) + "' is not constant.");
      }
      if (!source.format().isFloating()) {
        return new Refused(
            SkipReason.UNSUPPORTED_TYPE,
            "The bias '" + node.getInput(BIAS) + "' is " + source.format().name() + ".");
      }
      bias = Bias.of(source);
      if (!fits(source, found.weights().out())) {
        return new Refused(
            SkipReason.UNSUPPORTED_FORM, "The bias has the shape " + source.dims() + ".");
      }
    }
    boolean transposed = Attributes.integer(node, "transA", 0) != 0;
    return new Matched(
        DenseLayer.of(
                index,
                position,
                this,
                new FeatureAxis(node.getInput(0), transposed ? -2 : FeatureAxis.LAST),
                FeatureAxis.last(node.getOutput(0)),
                operands,
                found.weights(),
                2)
            .with(bias, Attributes.number(node, "alpha", 1), Attributes.number(node, "beta", 1)));
  }

  private static boolean fits(@Nullable ConstantSource bias, int out) {
    if (bias == null || bias.rank() == 0) {
      return true;
    }
    long last = bias.dim(bias.rank() - 1);
    return bias.rank() <= 2 && (last == 1 || last == out);
  }
}
