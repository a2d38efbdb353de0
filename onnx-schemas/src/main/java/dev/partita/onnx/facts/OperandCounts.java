package dev.partita.onnx.facts;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;

/**
 * How many inputs an operator of the default domain needs at least, whatever its version, from the
 * operator reference of the ONNX standard (versions 1 to 26). Optional ones stand behind those.
 */
public final class OperandCounts {

  private static final ImmutableMap<String, Integer> SEVERAL =
      ImmutableMap.<String, Integer>builder()
          .put("Add", 2)
          .put("Sub", 2)
          .put("Mul", 2)
          .put("Div", 2)
          .put("Pow", 2)
          .put("PRelu", 2)
          .put("Gather", 2)
          .put("Gemm", 2)
          .put("MatMul", 2)
          .put("MatMulInteger", 2)
          .put("QLinearMatMul", 8)
          .put("Conv", 2)
          .put("QuantizeLinear", 2)
          .put("DequantizeLinear", 2)
          .put("BatchNormalization", 5)
          .buildOrThrow();

  private static final ImmutableSet<String> ONE =
      ImmutableSet.of(
          "Concat",
          "DynamicQuantizeLinear",
          "Expand",
          "Flatten",
          "GlobalAveragePool",
          "GlobalMaxPool",
          "LayerNormalization",
          "Max",
          "Mean",
          "Min",
          "ReduceMean",
          "Reshape",
          "Slice",
          "Split",
          "Squeeze",
          "Sum",
          "Transpose",
          "Unsqueeze");

  private OperandCounts() {}

  /** The first so many inputs must be there and named; 0 where nothing is known. */
  public static int fewestInputs(String operator) {
    boolean one =
        ONE.contains(operator)
            || OperatorFacts.isFeatureWiseUnary(operator)
            || OperatorFacts.isRowScore(operator);
    return SEVERAL.getOrDefault(operator, one ? 1 : 0);
  }

  /** The most outputs that an operator can have; a large number where nothing is known. */
  public static int mostOutputs(String operator) {
    boolean one =
        !operator.equals("Dropout")
            && (OperatorFacts.isFeatureWiseUnary(operator)
                || OperatorFacts.isFeatureWiseBinary(operator)
                || operator.equals("Gemm")
                || operator.startsWith("MatMul"));
    return one ? 1 : Integer.MAX_VALUE;
  }
}
