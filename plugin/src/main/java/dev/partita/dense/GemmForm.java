package dev.partita.dense;

import com.google.common.collect.ImmutableList;
import dev.partita.dense.LayerMatch.Matched;
import dev.partita.dense.LayerMatch.Refused;
import dev.partita.model.ElementType;
import dev.partita.model.GraphIndex;
import dev.partita.model.Tensors;
import dev.partita.onnx.AttributeProto;
import dev.partita.onnx.NodeProto;
import dev.partita.onnx.TensorProto;

/**
 * {@code Y[M, N] = alpha * A[M, K] . B + beta * C} with B constant, stored {@code [K, N]} or, with
 * transB, {@code [N, K]}; C left out or a constant of any shape that broadcasts. Refused: transA,
 * and a C that is computed.
 */
final class GemmForm {

  private GemmForm() {}

  static LayerMatch match(GraphIndex index, int position) {
    NodeProto node = index.node(position);
    String weight = node.getInput(1);
    Refused refusal = Weights.refusal(index, weight);
    if (refusal != null) {
      return refusal;
    }
    if (index.constant(node.getInput(0)) != null) {
      return new Refused(SkipReason.CONSTANT_PRODUCT, "Both operands are constant.");
    }
    float alpha = 1;
    float beta = 1;
    boolean transposed = false;
    for (AttributeProto attribute : node.getAttributeList()) {
      switch (attribute.getName()) {
        case "alpha" -> alpha = attribute.getF();
        case "beta" -> beta = attribute.getF();
        case "transB" -> transposed = attribute.getI() != 0;
        case "transA" -> {
          if (attribute.getI() != 0) {
            return new Refused(
                SkipReason.UNSUPPORTED_FORM, "Gemm with transA reduces the first axis.");
          }
        }
        default -> {
          return new Refused(
              SkipReason.UNSUPPORTED_FORM,
              "Gemm has the attribute '" + attribute.getName() + "', which is not known here.");
        }
      }
    }
    Bias bias = null;
    if (node.getInputCount() > 2 && !node.getInput(2).isEmpty()) {
      TensorProto tensor = index.constant(node.getInput(2));
      if (tensor == null) {
        return new Refused(
            SkipReason.DYNAMIC_BIAS, "The bias '" + node.getInput(2) + "' is not constant.");
      }
      if (!Tensors.isFloat(tensor)) {
        return new Refused(
            SkipReason.UNSUPPORTED_TYPE,
            "The bias '"
                + node.getInput(2)
                + "' is "
                + ElementType.name(tensor.getDataType())
                + ".");
      }
      bias = new Bias(node.getInput(2), tensor, Bias.kindOf(tensor));
    }
    WeightMatrix matrix = Weights.matrix(index, weight, transposed);
    if (bias != null && !fits(bias, matrix.out())) {
      return new Refused(
          SkipReason.UNSUPPORTED_FORM,
          "The bias has the shape "
              + bias.tensor().getDimsList()
              + " beside "
              + matrix.out()
              + " outputs.");
    }
    return new Matched(
        new DenseLayer(
            index.nodeName(position),
            DenseForm.GEMM,
            ImmutableList.of(position),
            node.getInput(0),
            node.getOutput(0),
            weight,
            matrix,
            bias,
            alpha,
            beta,
            2));
  }

  private static boolean fits(Bias bias, int out) {
    int rank = bias.tensor().getDimsCount();
    long last = rank == 0 ? 1 : bias.tensor().getDims(rank - 1);
    return rank <= 2 && (last == 1 || last == out);
  }
}
