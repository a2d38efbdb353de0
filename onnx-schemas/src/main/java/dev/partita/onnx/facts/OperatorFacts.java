package dev.partita.onnx.facts;

import com.google.common.collect.ImmutableSet;

/**
 * What the rewriter needs to know of operators, from the operator reference of the ONNX standard
 * (versions of the default domain 1 to 26).
 */
public final class OperatorFacts {

  /** From here on a negative axis is allowed in Gather, Concat, Flatten and Softmax alike. */
  public static final int NEGATIVE_AXES_SINCE = 11;

  /** From here on Slice takes its ranges as inputs instead of attributes. */
  public static final int SLICE_INPUTS_SINCE = 10;

  /** From here on Split takes its sizes as an input instead of an attribute. */
  public static final int SPLIT_INPUTS_SINCE = 13;

  /** From here on Gemm's third input may be left out. */
  public static final int OPTIONAL_GEMM_BIAS_SINCE = 11;

  /** From here on Add, Sub, Mul, Div and Gemm broadcast as numpy does, without an attribute. */
  public static final int NUMPY_BROADCAST_SINCE = 7;

  private static final ImmutableSet<String> FEATURE_WISE_UNARY =
      ImmutableSet.of(
          "Abs",
          "Acos",
          "Acosh",
          "Asin",
          "Asinh",
          "Atan",
          "Atanh",
          "Cast",
          "Ceil",
          "Celu",
          "Clip",
          "Cos",
          "Cosh",
          "Dropout",
          "Elu",
          "Erf",
          "Exp",
          "Floor",
          "Gelu",
          "HardSigmoid",
          "HardSwish",
          "Identity",
          "LeakyRelu",
          "Log",
          "Mish",
          "Neg",
          "Reciprocal",
          "Relu",
          "Round",
          "Selu",
          "Shrink",
          "Sigmoid",
          "Sign",
          "Sin",
          "Sinh",
          "Softplus",
          "Softsign",
          "Sqrt",
          "Swish",
          "Tan",
          "Tanh",
          "ThresholdedRelu");

  private static final ImmutableSet<String> FEATURE_WISE_BINARY =
      ImmutableSet.of("Add", "Sub", "Mul", "Div", "Pow", "PRelu", "Min", "Max", "Mean", "Sum");

  private static final ImmutableSet<String> MICROSOFT_FEATURE_WISE =
      ImmutableSet.of("BiasGelu", "FastGelu", "Gelu", "QuickGelu");

  private static final ImmutableSet<String> KEEP_RANK =
      ImmutableSet.of(
          "QuantizeLinear",
          "DequantizeLinear",
          "DynamicQuantizeLinear",
          "BatchNormalization",
          "LayerNormalization",
          "RMSNormalization",
          "InstanceNormalization",
          "GroupNormalization",
          "SkipLayerNormalization",
          "SimplifiedLayerNormalization",
          "Softmax",
          "LogSoftmax",
          "Conv",
          "MaxPool",
          "AveragePool",
          "GlobalAveragePool",
          "GlobalMaxPool",
          "GlobalLpPool",
          "MatMulNBits",
          "BiasGelu",
          "FastGelu",
          "QuickGelu");

  private static final ImmutableSet<String> ROW_SCORES =
      ImmutableSet.of("Softmax", "LogSoftmax", "ArgMax");

  private static final ImmutableSet<String> PRODUCTS =
      ImmutableSet.of(
          "Gemm",
          "MatMul",
          "MatMulInteger",
          "QLinearMatMul",
          "QGemm",
          "FusedMatMul",
          "FusedGemm",
          "GemmFastGelu",
          "TransposeMatMul",
          "MatMulNBits",
          "MatMulBnb4",
          "MatMulFpQ4",
          "MatMulIntegerToFloat",
          "DynamicQuantizeMatMul",
          "SparseToDenseMatMul",
          "FusedMatMulActivation");

  private OperatorFacts() {}

  /**
   * Whether each element of the first output depends on the element of the first input at the same
   * place alone, every further input being a parameter that broadcasts to it.
   */
  public static boolean isFeatureWiseUnary(String operator) {
    return FEATURE_WISE_UNARY.contains(operator);
  }

  /** Whether each element of the output depends on the elements of the inputs at the same place. */
  public static boolean isFeatureWiseBinary(String operator) {
    return FEATURE_WISE_BINARY.contains(operator);
  }

  /**
   * Likewise for ONNX Runtime's own operators; a second input is a bias along the last axis (its
   * contrib operator reference).
   */
  public static boolean isMicrosoftFeatureWise(String operator) {
    return MICROSOFT_FEATURE_WISE.contains(operator);
  }

  /** Whether the first output has as many axes as the first input, features kept apart or not. */
  public static boolean keepsRank(String operator) {
    return KEEP_RANK.contains(operator);
  }

  /** Whether an operator turns one row of scores into another, so that a classifier ends in it. */
  public static boolean isRowScore(String operator) {
    return ROW_SCORES.contains(operator);
  }

  /** Whether an operator of any domain is a matrix product, so that it has to be accounted for. */
  public static boolean isProduct(String operator) {
    return PRODUCTS.contains(operator);
  }
}
