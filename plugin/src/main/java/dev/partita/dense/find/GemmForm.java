package dev.partita.dense.find;

import dev.partita.dense.find.LayerMatch.Matched;
import dev.partita.dense.find.LayerMatch.Refused;
import dev.partita.model.Attributes;
import dev.partita.model.Domains;
import dev.partita.model.GraphIndex;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.NodeProto;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code Y[M, N] = alpha * A[M, K] . B + beta * C} with B constant, stored {@code [K, N]} or, with
 * transB, {@code [N, K]}; A may be {@code [K, M]} (transA); C left out or a constant of any shape
 * that broadcasts. ONNX Runtime's FusedGemm likewise. Refused: a C that is computed. Where A is the
 * constant, {@link GemmLeftForm} takes over.
 */
final class GemmForm {

  private static final Set<String> KNOWN =
      Set.of(
          "alpha",
          "beta",
          "transA",
          "transB",
          "activation",
          "activation_alpha",
          "activation_beta",
          "activation_gamma");

  private GemmForm() {}

  static LayerMatch match(GraphIndex index, int position) {
    NodeProto node = index.node(position);
    for (AttributeProto attribute : node.getAttributeList()) {
      if (!KNOWN.contains(attribute.getName())) {
        return new Refused(
            SkipReason.UNSUPPORTED_FORM,
            "Gemm has the attribute '" + attribute.getName() + "', which is not known here.");
      }
    }
    boolean left = ConstantSource.of(index, node.getInput(0)) != null;
    if (left) {
      return ConstantSource.of(index, node.getInput(1)) == null
          ? GemmLeftForm.match(index, position)
          : new Refused(SkipReason.CONSTANT_PRODUCT, "Both operands are constant.");
    }
    Operands operands =
        Attributes.integer(node, "transB", 0) != 0 ? Operands.OUT_FIRST : Operands.PLAIN;
    Weights.Found found = Weights.find(index, position, operands, false);
    if (found.refusal() != null) {
      return found.refusal();
    }
    Bias bias = null;
    if (node.getInputCount() > 2 && !node.getInput(2).isEmpty()) {
      ConstantSource source = ConstantSource.of(index, node.getInput(2));
      if (source == null) {
        return new Refused(
            SkipReason.DYNAMIC_BIAS, "The bias '" + node.getInput(2) + "' is not constant.");
      }
      if (!source.format().isFloating()) {
        return new Refused(
            SkipReason.UNSUPPORTED_TYPE,
            "The bias '" + node.getInput(2) + "' is " + source.format().name() + ".");
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
                Domains.isDefault(node.getDomain()) ? DenseForm.GEMM : DenseForm.FUSED_GEMM,
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
